/** searchClients over imported animals and their owners: from the request to the last byte of the answer. */
import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { filesToImport } from '../vets-day/files.ts'
import { importFiles } from './import-files.ts'
import { RawConnection } from './raw-connection.ts'
import { median, timed, type Row } from './row.ts'
import { withServer } from './with-server.ts'

const rounds = 600

/** Searches as people make them: of the animal's name, of the owner's, of both, with a postcode, and a bare letter. */
const searches = (name: string, zip: string): Record<string, string>[] => [
  { animalName: name },
  { surname: `Owner of ${name}` },
  { surname: name.slice(0, 3), animalName: name },
  { postcode: zip, animalName: name.slice(0, 2) },
  { surname: 'owner', animalName: name.slice(0, 1), postcode: zip.slice(0, 3) },
  { postcode: zip },
  { animalName: name.slice(0, 1) },
]

export const searchBench = async (): Promise<Row[]> =>
  await withServer(async ({ server, api, dataDir }) => {
    const { animals } = await filesToImport(dataDir)
    const rows = parse<Record<string, string>>(await readFile(animals), { columns: true, bom: true })
    await importFiles(dataDir, ['--animals'])
    const named = rows.flatMap((row) => {
      const [name, zip] = [row["Animal's Name"]?.trim(), row['ZIP Code']?.trim()]
      return name && /^\p{L}{3}/u.test(name) && zip ? [{ name, zip }] : []
    })
    let found = 0
    const connection = new RawConnection(server.url)
    const times: number[] = []
    for (let round = -50; round < rounds; round += 1) {
      const at = ((round + 50) * 61) % named.length
      const { name, zip } = named[at] ?? { name: 'Luna', zip: '98115' }
      const all = searches(name, zip)
      const query = new URLSearchParams(all[(round + 50) % all.length]).toString()
      const path = `/v2/managedBookings/searchClients?${query}`
      const request = connection.bytesOf({ method: 'GET', path, headers: api.headers })
      let body: readonly Buffer[] = []
      const ms = await timed(async () => {
        body = await connection.ask(request)
      })
      found += (JSON.parse(Buffer.concat(body).toString()) as { items: unknown[] }).items.length
      if (round >= 0) times.push(ms)
    }
    await connection.close()
    if (found < rounds) throw new Error(`Only ${found} clients were found`)
    const sorted = times.sort((a, b) => a - b)
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
    const what = `searchClients over ${rows.length} animals and their owners, up to 100 a page`
    return [
      { what: `${what}, p99`, value: p99, unit: 'ms', asked: 'under 50', met: p99 < 50 },
      { what: `${what}, median`, value: median(sorted), unit: 'ms' },
    ]
  })
