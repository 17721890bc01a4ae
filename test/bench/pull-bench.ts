/** First pull of 5,000 documents by the client library: memory storage, loopback, embedded store. */
import { Device } from '../support/device.ts'
import { makeClients } from './make-clients.ts'
import { median, type Row } from './row.ts'
import { withServer } from './with-server.ts'

const rounds = 5
const documents = 5000

export const pullBench = async (): Promise<Row[]> =>
  await withServer(async ({ server, api }) => {
    await makeClients(api, documents)
    const rates: number[] = []
    const raws: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      await using device = new Device(server.url, 'amelia.vet')
      await device.do('signIn', { password: 'Demo-Practice-2026' })
      const report = await device.do('firstPull', undefined)
      rates.push((report.documents / report.ms) * 1000)
      const started = performance.now()
      const all = await api.pullAll('clients')
      raws.push((all.length / (performance.now() - started)) * 1000)
    }
    const rate = median(rates)
    return [
      {
        what: 'first pull by the client library, all collections',
        value: rate,
        unit: 'documents/s',
        asked: 'at least 5,000',
        met: rate >= 5000,
        peer: { what: 'bare pull of the clients by fetch', value: median(raws) },
      },
    ]
  })
