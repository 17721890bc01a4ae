/** Two hundred clients race for twenty slots over two servers: in one process, in two on CouchDB, and with a crash. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { demoPassword } from '../../../server/demo/practice.ts'
import { openCouchStore } from '../../../sync/store/couch/couch-store.ts'
import type { LedgerDoc } from '../../../sync/bookings/ledger-entry.ts'
import type { Store } from '../../../sync/store/port.ts'
import { ben, BookingCaller, expectOneEach, race, twentySlots, type Day } from '../../support/booking-race.ts'
import { freePort, ServerProcess } from '../../support/server-process.ts'
import { borrowed, startServer } from '../../support/server.ts'
import { ApiCaller, type Json } from '../../vets-day/api-caller.ts'

const clients = 200

const callerOf = async (url: string): Promise<BookingCaller> => {
  const caller = new BookingCaller(url)
  await caller.login()
  return caller
}

/** The day as each server shows it: exactly the winners, none twice, none in another's time, nothing left to book. */
const expectDay = async (urls: readonly string[], { date, slots }: Day, won: readonly string[]) => {
  for (const url of urls) {
    const api = new ApiCaller(url)
    await api.signIn('ben.vet', demoPassword)
    const { items } = (await api.get(`/v2/mobile/retrieveFullList?siteId=1&date=${date}`)) as {
      items: Json[]
    }
    const mine = items.filter((item) => item['practitionerId'] === ben)
    expect(mine.map(({ id }) => String(id)).sort()).to.deep.equal(won)
    expect(mine.map(({ clash }) => clash)).to.deep.equal(slots.map(() => null))
    const left = (await (await callerOf(url)).free(date)).map(({ startsAt }) => startsAt)
    for (const { startsAt } of slots) expect(left).not.to.include(startsAt)
  }
}

/** The ledger names each winner once. */
const expectLedger = async (store: Store, date: string, won: readonly string[]): Promise<void> => {
  const ledger = await store.database('ledger-1', { oneCopy: true })
  const doc = (await ledger.get(`ledger:${ben}:${date}`)) as LedgerDoc | undefined
  expect(doc?.entries.map(({ appointmentId }) => appointmentId).sort()).to.deep.equal(won)
}

describe('Two hundred clients who race for twenty slots', function () {
  this.timeout(600_000)

  it('get one each, over two servers that share nothing but the embedded store', async () => {
    await using first = await startServer()
    const store = borrowed(first.context.store)
    await using second = await startServer({
      openStore: () => Promise.resolve(store),
      env: { TOKEN_SECRET: 'secret-of-the-second-server-0123456789' },
    })
    const callers = [await callerOf(first.url), await callerOf(second.url)] as const
    const { date, slots } = await twentySlots(callers[0])
    const won = expectOneEach(await race({ callers, clients, slots }), slots)
    await expectDay([first.url, second.url], { date, slots }, won)
    await expectLedger(store, date, won)
  })

  it('get one each though the server is killed in the middle, and started again', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-race-'))
    try {
      await using server = new ServerProcess({ port: await freePort(), dataDir })
      await server.start()
      const caller = await callerOf(server.url)
      const { date, slots } = await twentySlots(caller)
      let restarted: Promise<void> | undefined
      const answered = (count: number): void => {
        if (count === 30) restarted = server.stop('SIGKILL').then(() => server.start())
      }
      const won = expectOneEach(await race({ callers: [caller, caller], clients, slots, answered }), slots)
      await restarted
      await expectDay([server.url], { date, slots }, won)
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  describe('over two server processes on CouchDB', () => {
    const url = process.env['COUCHDB_URL']
    if (url === undefined) {
      console.warn('SKIPPED: the race over two processes (set COUCHDB_URL)')
      it('is run where COUCHDB_URL is set', function () {
        this.skip()
      })
      return
    }
    let servers: ServerProcess[]
    let store: Store
    let dataDir: string
    beforeEach(async () => {
      dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-race-'))
      const prefix = `race-${randomUUID().slice(0, 8)}-`
      store = await openCouchStore({ url, prefix })
      servers = []
      for (const name of ['one', 'two']) {
        const server = new ServerProcess({
          ...{ port: await freePort(), dataDir: path.join(dataDir, name) },
          script: 'test/support/couch-server-process.ts',
          env: { COUCHDB_PREFIX: prefix, TOKEN_SECRET: 'secret-of-both-servers-0123456789-0123' },
        })
        servers.push(server)
        await server.start()
      }
    })
    afterEach(async () => {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
      for (const name of await store.list()) await store.destroy(name)
      await store[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    })

    /** @param kill after how many answers the second server dies, for good */
    const runRace = async (kill?: number): Promise<void> => {
      const [first, second] = servers as [ServerProcess, ServerProcess]
      const callers = [await callerOf(first.url), await callerOf(second.url)] as const
      const { date, slots } = await twentySlots(callers[0])
      const answered = (count: number): void => {
        if (count === kill) void second.stop('SIGKILL')
      }
      const won = expectOneEach(await race({ callers, clients, slots, answered }), slots)
      const alive = kill === undefined ? [first.url, second.url] : [first.url]
      await expectDay(alive, { date, slots }, won)
      await expectLedger(store, date, won)
    }

    it('get one each', () => runRace())
    it('get one each though one of the servers is killed after the first answers', () => runRace(3))
    it('get one each though one of the servers is killed in the middle', () => runRace(60))
  })
})
