/** How long patients wait at a site, from when they came and were seen. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { seedAccounts } from '../../../server/demo/seed.ts'
import { averageOf } from '../../../server/services/client-link/avg-wait-for-site.ts'
import { put } from '../../support/customer.ts'
import { codeOf } from '../../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../../support/server.ts'

const minute = 60_000
const day = 1440 * minute

describe('The wait at a site', () => {
  let server: TestServer
  let ApiToken: string
  before(async () => {
    server = await startServer({ seed: (context) => seedAccounts(context) })
    ApiToken = await server.login('demo-app-key')
    for (const [groupId, siteId] of [
      ...[
        [1, 1],
        [1, 2],
        [1, 7],
      ],
      ...[
        [2, 3],
        [2, 7],
      ],
    ] as const) {
      const { db } = await server.context.groups.get(groupId)
      const site = { kind: 'site', siteId, name: 'A site', timeZone: 'Europe/London' }
      await db.write([{ _id: `reference:site:${siteId}`, type: 'reference', groupId, siteIds: [], ...site }])
    }
  })
  after(() => server[Symbol.asyncDispose]())

  const ask = (query: string): Promise<Answer> =>
    server.request(`/v2/clientLink/avgWaitForSite?${query}`, { headers: { ApiToken } })
  /** An appointment at a site whose patient came so long ago, and was seen after a wait. */
  const visit = async (siteId: number, ago: number, wait?: number): Promise<void> => {
    const came = server.clock.now - ago
    const at = (ms: number): string => new Date(ms).toISOString()
    const times = { ARRIVED: at(came), ...(wait === undefined ? {} : { IN_TREATMENT: at(came + wait) }) }
    const appointment = { siteIds: [siteId], siteId, practitionerId: randomUUID(), startsAt: at(came) }
    await put(await server.context.groups.get(1), 'appointment', { ...appointment, statusTimes: times })
  }

  it('is the mean of those who came in the last 28 days', async () => {
    expect(codeOf(await ask('siteId=1'))).to.equal('404 NO_DATA')
    for (const [ago, wait] of [
      [day, 10 * minute],
      [27 * day, 21 * minute],
      [29 * day, 200 * minute],
      [2 * day, 9 * 60 * minute],
      [2 * day, -minute],
    ] as const)
      await visit(1, ago, wait)
    await visit(1, day)
    await visit(2, day, 90 * minute)
    const { status, body } = await ask('siteId=1')
    expect(status).to.equal(200)
    const asOf = new Date(server.clock.now).toISOString()
    expect(body).to.deep.equal({ siteId: 1, averageMinutes: 16, sampleSize: 2, asOf })
  })

  it('counts no waits that cannot be', () => {
    expect(averageOf([])).to.equal(undefined)
    expect(averageOf([-1, 241 * minute])).to.equal(undefined)
    expect(averageOf([0, 240 * minute])).to.deep.equal({ averageMinutes: 120, sampleSize: 2 })
  })

  it('is of a site that the key may see, and that is clear', async () => {
    expect(codeOf(await ask('siteId=99'))).to.equal('404 UNKNOWN_SITE')
    expect(codeOf(await ask('siteId=3&groupId=1'))).to.equal('404 UNKNOWN_SITE')
    expect(codeOf(await ask('siteId=3&groupId=99'))).to.equal('404 UNKNOWN_SITE')
    expect(codeOf(await ask('siteId=7'))).to.equal('400 INVALID_REQUEST')
    expect(codeOf(await ask('siteId=7&groupId=2'))).to.equal('404 NO_DATA')
    for (const query of ['', 'siteId=0', 'siteId=x', 'siteId=1&more=1'])
      expect(codeOf(await ask(query)), query).to.equal('400 INVALID_REQUEST')
    const none = await server.request('/v2/clientLink/avgWaitForSite?siteId=1')
    expect(codeOf(none)).to.equal('401 TOKEN_MISSING')
  })
})
