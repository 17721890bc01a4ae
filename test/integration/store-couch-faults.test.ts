/** What the adapter for CouchDB makes of a CouchDB, or of a way to it, that is not well. */
import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { CouchRefused } from '../../sync/store/couch/couch-client.ts'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { StoreUnavailable, type Database } from '../../sync/store/port.ts'
import { FakeCouch, type Reply } from '../support/fake-couch.ts'
import { failure, leaf, listening } from '../support/store-contract/helpers.ts'

const secret = { _id: 'a', name: 'Mrs Private' }
const rev = `1-${'1'.repeat(32)}`

const cutShort: Reply = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
  response.write('[{"ok":')
  response.destroy()
}
const html: Reply = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Please log in</p>')
}
const hangUp: Reply = (_request, response) => response.destroy()
const silence: Reply = () => undefined
const begun: Reply = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('[')
}

const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

/** Replies that say nothing about a write, or that it may be lost. */
const faults: Record<string, Reply> = {
  'an internal error': [500, { error: 'unknown_error', reason: 'timeout' }],
  'a 503 without a body': [503, undefined],
  'a refused password': [401, { error: 'unauthorized', reason: 'Name or password is incorrect.' }],
  'a database that is gone': [404, { error: 'not_found', reason: 'Database does not exist.' }],
  'too many requests': [429, { error: 'too_many_requests' }],
  'a 202, which is no acknowledgement': [202, [{ ok: true, id: 'a', rev }]],
  'a row that too few nodes have': [201, [{ ok: true, id: 'a', rev, accepted: true }]],
  'a row that was not stored': [201, [{ id: 'a', error: 'internal_server_error', reason: 'x' }]],
  'fewer rows than documents': [201, []],
  'rows of another document': [201, [{ ok: true, id: 'b', rev }]],
  'a row that is forbidden': [201, [{ id: 'a', error: 'forbidden', reason: 'x' }]],
  'a page of a proxy': html,
  'an object where rows belong': [201, { ok: true }],
  'an answer that is cut short': cutShort,
  'a connection that breaks': hangUp,
  'no answer in time': silence,
}

/** Long enough for a busy machine to answer what is answered at all. */
const patienceMs = 2000

describe('The store on a CouchDB that is not well', () => {
  const isWrite = (request: IncomingMessage) => request.url?.endsWith('/_bulk_docs') === true

  async function withDatabase(
    script: (request: IncomingMessage) => Reply | undefined,
    test: (db: Database, fake: FakeCouch) => Promise<void>,
    timeoutMs?: number,
  ): Promise<void> {
    await using fake = await FakeCouch.start(script)
    await using store = await openCouchStore({
      url: fake.url,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
    await test(await store.database('group-1'), fake)
  }

  for (const [name, reply] of Object.entries(faults)) {
    it(`takes for unavailable: ${name}`, async () => {
      await withDatabase(
        (request) => (isWrite(request) ? reply : undefined),
        async (db) => {
          const error = await failure(db.write([secret]))
          expect(error).to.be.instanceOf(StoreUnavailable)
          expect(error.cause).to.be.instanceOf(Error)
          expect(inspect(error, { depth: 9, showHidden: true })).not.to.match(
            /Mrs Private|se:cret|se%3Acret|Basic/,
          )
        },
        reply === silence ? patienceMs : undefined,
      )
    })
  }

  it('is not waited for longer than its time where an answer begins and does not go on, whatever memory is freed', async () => {
    await withDatabase(
      (request) => (isWrite(request) ? begun : undefined),
      async (db, fake) => {
        const asked = fake.next((what) => what.includes('_bulk_docs'))
        const writing = failure(db.write([secret]))
        await asked
        for (let round = 0; round < 8; round += 1) {
          collectGarbage()
          await setImmediate()
        }
        expect(await writing).to.be.instanceOf(StoreUnavailable)
      },
      patienceMs,
    )
  })

  it('is no longer waited for once it was given up, neither by what is under way nor by what comes', async () => {
    await using fake = await FakeCouch.start((request) => (isWrite(request) ? silence : undefined))
    const givingUp = new AbortController()
    await using store = await openCouchStore({ url: fake.url, givenUp: givingUp.signal })
    const db = await store.database('group-1')
    const asked = fake.next((what) => what.includes('_bulk_docs'))
    const writing = failure(db.write([secret]))
    await asked
    givingUp.abort()
    expect(await writing).to.be.instanceOf(StoreUnavailable)
    expect(await failure(db.write([secret]))).to.be.instanceOf(StoreUnavailable)
    expect(fake.asked.filter((what) => what.includes('_bulk_docs'))).to.have.length(1)
  })

  it('never sends one id twice in a request: CouchDB does not promise to take the two in order', async () => {
    await withDatabase(
      (request) => (isWrite(request) ? [201, [{ ok: true, id: 'a', rev }]] : undefined),
      async (db, fake) => {
        await db.write([secret, secret, secret])
        expect(fake.asked.filter((asked) => asked.includes('_bulk_docs'))).to.have.length(3)
      },
    )
  })

  it('takes no 202 for an acknowledgement of replicated revisions or of local documents either', async () => {
    await withDatabase(
      (request) => (isWrite(request) || request.url?.includes('_local') ? [202, [] as unknown[]] : undefined),
      async (db) => {
        expect(await failure(db.writeRevisions([leaf('a', '1')]))).to.be.instanceOf(StoreUnavailable)
        expect(await failure(db.putLocal('x', {}))).to.be.instanceOf(StoreUnavailable)
        expect(await failure(db.putLocal('x', null))).to.be.instanceOf(StoreUnavailable)
      },
    )
  })

  it('does not take a missing database for a missing document', async () => {
    await withDatabase(
      (request) =>
        request.method === 'GET' && request.url !== '/_up'
          ? [404, { error: 'not_found', reason: 'Database does not exist.' }]
          : undefined,
      async (db) => {
        expect(await failure(db.get('a'))).to.be.instanceOf(StoreUnavailable)
        expect(await failure(db.getLocal('a'))).to.be.instanceOf(StoreUnavailable)
      },
    )
  })

  it('tells apart what CouchDB will never take', async () => {
    await withDatabase(
      (request) => (isWrite(request) ? [413, { error: 'document_too_large', reason: 'a' }] : undefined),
      async (db) => {
        expect(await failure(db.write([secret]))).to.be.instanceOf(CouchRefused)
      },
    )
  })

  it('sends its password in a header, and opens only where CouchDB answers', async () => {
    await withDatabase(
      () => undefined,
      async (_db, fake) => {
        expect([...fake.authorizations]).to.deep.equal([`Basic ${btoa('ad@min:se:cret')}`])
        expect(fake.asked.join()).not.to.match(/secret|se%3Acret/)
      },
    )
    const closed = await FakeCouch.start(() => undefined)
    const { url } = closed
    await closed[Symbol.asyncDispose]()
    const error = await failure(openCouchStore({ url }))
    expect(error).to.be.instanceOf(StoreUnavailable)
    expect(inspect(error, { depth: 9 })).not.to.match(/se:cret|se%3Acret/)
    expect(await failure(openCouchStore({ url: 'admin:secret at home' }))).to.be.instanceOf(CouchRefused)
  })

  it('hears of changes again after the feed broke, and misses none', async () => {
    let polls = 0
    const script = (request: IncomingMessage): Reply | undefined => {
      if (!request.url?.includes('_changes')) return undefined
      if (request.url.includes('since=now')) return [200, { results: [], last_seq: '5-x' }]
      polls++
      if (polls === 1) return hangUp
      if (polls === 2)
        return [200, { results: [{ id: 'a', seq: '6-x', changes: [{ rev }] }], last_seq: '6-x' }]
      return silence
    }
    await withDatabase(script, async (db, fake) => {
      const { listener, heard } = listening(2)
      const stop = db.subscribe(listener)
      await heard
      expect(fake.asked.filter((asked) => asked.includes('since=5-x'))).to.have.length(2)
      stop()
    })
  })

  it('listens with one request for all, which ends with the last of them, or with the store', async () => {
    let polls = 0
    let ended: (() => void) | undefined
    const script = (request: IncomingMessage): Reply | undefined => {
      if (!request.url?.includes('_changes')) return undefined
      if (request.url.includes('since=now')) return [200, { results: [], last_seq: '5-x' }]
      polls++
      return (_request, response) => response.once('close', () => ended?.())
    }
    await using fake = await FakeCouch.start(script)
    const store = await openCouchStore({ url: fake.url })
    const db = await store.database('group-1')
    const [one, two, three] = [listening(), listening(), listening()]
    const stops = [db.subscribe(one.listener), db.subscribe(two.listener)]
    await Promise.all([one.heard, two.heard])
    await fake.next((asked) => asked.includes('longpoll'))
    expect(polls).to.equal(1)
    let end = new Promise<void>((resolve) => (ended = resolve))
    for (const stop of stops) stop()
    await end
    db.subscribe(three.listener)
    await three.heard
    await fake.next((asked) => asked.includes('longpoll'))
    end = new Promise<void>((resolve) => (ended = resolve))
    await store[Symbol.asyncDispose]()
    await end
    expect(polls).to.equal(2)
  })

  it('is disposed of while somebody listens and CouchDB says nothing', async () => {
    await withDatabase(
      (request) => (request.url?.includes('_changes') ? silence : undefined),
      async (db) => {
        db.subscribe(() => undefined)
        expect(await failure(db.changes({ limit: 1 }))).to.be.instanceOf(StoreUnavailable)
      },
      patienceMs,
    )
  })
})
