/** The first pull of a device's 2,000 documents: out of a database of 10,000, and out of one of 500,000. */
import { ApiCaller } from '../vets-day/api-caller.ts'
import { firstSite, fillSites, importSome, inStore, modelsOf } from './practice-of-sites.ts'
import { median, timed, type Row } from './row.ts'
import { withServer, type Running } from './with-server.ts'

const [held, small, large] = [2000, 10_000, 500_000]
const rounds = 15

export const scaleBench = async (): Promise<Row[]> =>
  await withServer(async (few) => await withServer(async (many) => await measure(few, many)))

/** Both servers run at once and are asked in turns, so that what else the machine does falls on both. */
const measure = async (few: Running, many: Running): Promise<Row[]> => {
  const pulls = [await pullOf(few, small), await pullOf(many, large)] as const
  const times: { few: number; many: number }[] = []
  for (let round = 0; round < rounds; round += 1)
    times.push({ few: await timed(pulls[0]), many: await timed(pulls[1]) })
  const ratio = median(times.map(({ few, many }) => many / few))
  return [
    {
      what: `pull of a device's ${held} documents from a database of ${large}`,
      value: median(times.map(({ many }) => many)),
      ...{ unit: 'ms', asked: 'within 1.3 times', met: ratio <= 1.3 },
      peer: { what: `from one of ${small}`, value: median(times.map(({ few }) => few)) },
    },
  ]
}

/** Fills a server's store with sites up to `size` documents; the pull of the first one's as a new device. */
const pullOf = async ({ server, dataDir }: Running, size: number): Promise<() => Promise<void>> => {
  await server.stop('SIGTERM')
  await importSome(dataDir, held)
  await inStore(dataDir, async (group, accounts) => {
    const sites = Array.from({ length: size / held }, (_, n) => firstSite + n)
    await fillSites({ group, accounts }, await modelsOf(group, held), sites)
  })
  await server.start()
  const api = new ApiCaller(server.url)
  await api.signIn(`vet-${firstSite}`, 'Demo-Practice-2026')
  const pull = async (): Promise<void> => {
    const [clients, animals] = await Promise.all([api.pullAll('clients'), api.pullAll('animals')])
    const count = clients.length + animals.length
    if (count < held - 1) throw new Error(`The device was sent ${count} documents`)
  }
  // The index follows the store before anything is measured, and the code is warm.
  for (let warm = 0; warm < 3; warm += 1) await pull()
  return pull
}
