/** retrieveTreatmentCodes for 854 codes: 304 and 200, as a caller on loopback sees them. */
import { importFiles } from './import-files.ts'
import { medianOf, type Row } from './row.ts'
import { withServer } from './with-server.ts'

const rounds = 101

export const codesBench = async (): Promise<Row[]> =>
  await withServer(async ({ server, api, dataDir }) => {
    await importFiles(dataDir, ['--price-list'])
    const url = `${server.url}/v2/mobile/retrieveTreatmentCodes?siteId=1`
    const ask = async (headers: Record<string, string> = {}): Promise<Response> => {
      const response = await fetch(url, { headers: { ...api.headers, ...headers } })
      await response.arrayBuffer()
      return response
    }
    const etag = (await ask()).headers.get('etag') ?? ''
    for (let warm = 0; warm < 50; warm += 1) await ask(warm % 2 === 0 ? {} : { 'If-None-Match': etag })
    const whole = await medianOf(rounds, () => ask())
    const unchanged = await medianOf(rounds, async () => {
      const { status } = await ask({ 'If-None-Match': etag })
      if (status !== 304) throw new Error(`304 was expected, not ${status}`)
    })
    const health = await medianOf(
      rounds,
      async () => await (await fetch(`${server.url}/health`)).arrayBuffer(),
    )
    const peer = { what: 'GET /health, round trip', value: health }
    return [
      {
        what: 'treatment codes, 304, round trip',
        value: unchanged,
        unit: 'ms',
        asked: 'under 2 ms of server time',
        met: unchanged < 2,
        peer,
      },
      {
        what: 'treatment codes, 200, round trip',
        value: whole,
        unit: 'ms',
        asked: 'under 10 ms of server time',
        met: whole < 10,
        peer,
      },
    ]
  })
