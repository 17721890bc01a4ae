/** Looks afterwards for everything that was acknowledged, as a fresh device and as whoever opens the files. */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { demoPassword } from '../../../server/demo/practice.ts'
import { ApiCaller, type Json } from '../../vets-day/api-caller.ts'
import { readerName } from './practice.ts'
import type { Acknowledged } from './recorder.ts'

export interface Verdict {
  acknowledged: Record<string, number>
  lost: string[]
}

/** Times are the same instant in other words. */
const valueOf = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : value

const differences = (record: Json, fields: Record<string, unknown>): string[] =>
  Object.entries(fields)
    .filter(([name, wanted]) => !isDeepStrictEqual(valueOf(record[name]), valueOf(wanted)))
    .map(([name, wanted]) => `${name} is ${JSON.stringify(record[name])}, not ${JSON.stringify(wanted)}`)

export const verify = async (url: string, all: readonly Acknowledged[]): Promise<Verdict> => {
  const reader = new ApiCaller(url)
  await reader.signIn(readerName, demoPassword)
  const acknowledged: Record<string, number> = {}
  const lost: string[] = []
  for (const collection of new Set(all.map((one) => one.collection))) {
    const wanted = all.filter((one) => one.collection === collection)
    acknowledged[collection] = wanted.length
    const records = new Map((await reader.pullAll(collection)).map((record) => [record['id'], record]))
    for (const { id, fields, sha256 } of wanted) {
      const record = records.get(id)
      const faults = record ? differences(record, fields) : ['is missing']
      if (record && sha256 !== undefined && (await sha256Of(url, reader, id)) !== sha256)
        faults.push('its file is another')
      lost.push(...faults.map((fault) => `${collection} ${id}: ${fault}`))
    }
  }
  return { acknowledged, lost }
}

const sha256Of = async (url: string, { headers }: ApiCaller, id: string): Promise<string> => {
  const response = await fetch(`${url}/v2/mobile/documents/${id}/content`, { headers })
  return createHash('sha256')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('hex')
}
