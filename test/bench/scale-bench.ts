/** The first pull of a device's 2,000 documents: out of a database of 10,000, and out of the same grown to 500,000. */
import { ApiCaller } from '../vets-day/api-caller.ts'
import { firstSite, fillSites, importSome, inStore, modelsOf } from './practice-of-sites.ts'
import { medianOf, type Row } from './row.ts'
import { withServer, type Running } from './with-server.ts'

const [held, small, large] = [2000, 10_000, 500_000]
const rounds = 9

export const scaleBench = async (): Promise<Row[]> => await withServer(measure)

const measure = async (running: Running): Promise<Row[]> => {
  await running.server.stop('SIGTERM')
  await importSome(running.dataDir, held)
  const sites = (from: number, to: number): number[] =>
    Array.from({ length: (to - from) / held }, (_, n) => firstSite + from / held + n)
  const few = await pullOf(running, sites(0, small))
  const many = await pullOf(running, sites(small, large))
  return [
    {
      ...{
        what: `pull of a device's ${held} documents from a database of ${large}`,
        value: many,
        unit: 'ms',
      },
      ...{ asked: 'within 1.3 times', met: many / few <= 1.3 },
      peer: { what: `from one of ${small}`, value: few },
    },
  ]
}

/** Adds sites, and pulls the first one's clients and animals as a new device; ms. */
const pullOf = async ({ server, dataDir }: Running, sites: readonly number[]): Promise<number> => {
  await inStore(dataDir, async (group, accounts) => {
    await fillSites({ group, accounts }, await modelsOf(group, held), sites)
  })
  await server.start()
  const api = new ApiCaller(server.url)
  await api.signIn(`vet-${firstSite}`, 'Demo-Practice-2026')
  // The index follows the store before anything is measured.
  await api.pullAll('reference')
  const ms = await medianOf(rounds, async () => {
    const [clients, animals] = await Promise.all([api.pullAll('clients'), api.pullAll('animals')])
    const count = clients.length + animals.length
    if (count < held - 1) throw new Error(`The device was sent ${count} documents`)
  })
  await server.stop('SIGTERM')
  return ms
}
