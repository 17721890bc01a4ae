/** Upload of 500 treatments in one call through a CouchDB, beside nano's `_bulk_docs` of the same documents there. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import nano from 'nano'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { freePort, ServerProcess } from '../support/server-process.ts'
import { ApiCaller, type Json } from '../vets-day/api-caller.ts'
import { median, timed, type Row } from './row.ts'

const rounds = 25
const warmUps = 10
const items = 500
const leastShare = 0.7

export const couchBench = async (): Promise<Row[]> => {
  const url = process.env['COUCHDB_URL']
  if (url === undefined) {
    console.error('  skipped: COUCHDB_URL is not set')
    return []
  }
  const prefix = `bench-${randomUUID().slice(0, 8)}-`
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-bench-'))
  const store = await openCouchStore({ url, prefix })
  try {
    await using server = new ServerProcess({
      ...{ port: await freePort(), dataDir, script: 'test/support/couch-server-process.ts' },
      env: { COUCHDB_PREFIX: prefix, LOG_LEVEL: 'silent' },
    })
    await server.start()
    return await measured(server.url, { url, bare: `${prefix}bare`, stored: `${prefix}group-1` })
  } finally {
    for (const name of await store.list()) await store.destroy(name)
    await store[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface Databases {
  url: string
  bare: string
  stored: string
}

const measured = async (serverUrl: string, { url, bare, stored }: Databases): Promise<Row[]> => {
  const api = new ApiCaller(serverUrl)
  await api.signIn('amelia.vet', 'Demo-Practice-2026')
  const [animal] = await api.pullAll('animals')
  const codes = await api.get('/v2/mobile/retrieveTreatmentCodes?siteId=1')
  const code = (codes['items'] as Json[])[0]?.['code']
  const couch = nano(url)
  await couch.db.create(bare)
  const group = couch.use<Json>(stored)
  const other = couch.use<Json>(bare)
  const upload = async (body: object): Promise<Json[]> =>
    (await api.post('/v2/mobile/uploadTreatmentItems', body))['results'] as Json[]
  // What a call leaves to the background (the index follows the store) is done before the next is measured.
  const rested = async (): Promise<void> => {
    await api.get(`/v2/mobile/animals/${String(animal?.['id'])}/history?limit=1`)
  }
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = -warmUps; round < rounds; round += 1) {
    const body = batchOf(animal?.['id'], code)
    let results: Json[] = []
    const ms = await timed(async () => (results = await upload(body)))
    if (results.some(({ outcome }) => outcome !== 'CREATED')) throw new Error('An upload was not taken')
    await rested()
    const keys = results.map(({ id }) => `treatment:${String(id)}`)
    const { rows } = await group.fetch({ keys })
    const docs = rows.map((row) => asNew('doc' in row ? (row.doc as Json) : {}))
    const bareMs = await timed(async () => {
      const written = await other.bulk({ docs })
      if (written.some(({ error }) => error)) throw new Error('A bare write was not taken')
    })
    if (round < 0) continue
    ours.push(ms)
    theirs.push(bareMs)
  }
  const rate = (times: readonly number[]): number => (items / median(times)) * 1000
  const [value, peer] = [rate(ours), rate(theirs)]
  return [
    {
      ...{ what: 'upload of 500 treatments in one call, CouchDB', value, unit: 'items/s' },
      ...{ asked: 'at least 70 % of nano’s _bulk_docs', met: value / peer >= leastShare },
      peer: { what: 'nano _bulk_docs', value: peer },
    },
  ]
}

const asNew = ({ _rev: _, ...doc }: Json): Json => ({ ...doc, _id: `treatment:${randomUUID()}` })

const batchOf = (animalId: unknown, code: unknown): object => {
  const now = new Date().toISOString()
  return {
    ...{ deviceId: 'bench', batchId: randomUUID(), sentAt: now },
    items: Array.from({ length: items }, () => ({
      ...{ clientItemId: randomUUID(), editedAt: now },
      data: { animalId, code, quantity: '1.5', treatedAt: now, notes: 'As agreed.' },
    })),
  }
}
