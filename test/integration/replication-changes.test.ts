import { EventEmitter, once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { expect } from 'chai'
import { startOpenReplication, type Json, type OpenReplication } from '../support/open-replication.ts'

describe('The feed of changes', () => {
  let server: OpenReplication
  let db = ''
  let count = 0
  const call = (path: string, options?: Parameters<OpenReplication['request']>[1]) =>
    server.request(db + path, options)
  const put = (id: string, json: Json = {}) => call(`/${id}`, { method: 'PUT', json })
  const refused = async (path: string, options: Parameters<typeof call>[1], answer: [number, string]) => {
    const { status, body } = await call(path, options)
    expect([status, body['error']], path).to.deep.equal(answer)
  }
  const feed = async (path: string): Promise<IncomingMessage> => {
    const request = httpRequest(`${server.url}${db}/_changes${path}`).end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return response.setEncoding('utf8')
  }
  /** Reads until the text holds `word`. */
  const readUntil = async (response: IncomingMessage, word: string): Promise<string> => {
    let text = ''
    for await (const chunk of response.iterator({ destroyOnReturn: false })) {
      text += chunk as string
      if (text.includes(word)) return text
    }
    throw new Error(`The feed ended without ${word}: ${text}`)
  }
  /** Those who listen to the database from now on. */
  const listeners = async () => {
    const database = await server.store.database(db.slice(1))
    const listening = new Set<() => void>()
    const left = new EventEmitter()
    const subscribe = database.subscribe.bind(database)
    database.subscribe = (listener) => {
      const stop = subscribe(listener)
      listening.add(listener)
      return () => {
        stop()
        listening.delete(listener)
        left.emit('left')
      }
    }
    const none = async (): Promise<void> => {
      while (listening.size > 0) await once(left, 'left')
    }
    return {
      none,
      get size() {
        return listening.size
      },
    }
  }

  before(async () => {
    server = await startOpenReplication()
  })
  beforeEach(async () => {
    db = `/db-${++count}`
    await call('', { method: 'PUT' })
  })
  after(async () => {
    expect(server.faults).to.deep.equal([])
    await server[Symbol.asyncDispose]()
  })

  it('refuses a place in the changes that is none', async () => {
    for (const since of ['garbage', '-1', '1.5', '[1]', '%00', '12-!', '99999999999999999999'])
      await refused(`/_changes?since=${since}`, {}, [400, 'bad_request'])
    for (const query of [
      'limit=x',
      'feed=x',
      'style=x',
      'heartbeat=x',
      'heartbeat=0',
      'filter=x',
      'timeout=x',
    ])
      expect((await call(`/_changes?${query}`)).status, query).to.equal(400)
    await refused('/_changes?filter=_doc_ids', { json: { doc_ids: 'a' } }, [400, 'bad_request'])
    await refused('/_changes?filter=_selector', { json: { selector: 'a' } }, [400, 'bad_request'])
  })

  it('takes a POST without a body for one that asks for nothing special', async () => {
    await put('one')
    const { status, body } = await call('/_changes', { method: 'POST', raw: '' })
    expect([status, body['last_seq']]).to.deep.equal([200, 1])
    await refused('/_changes', { method: 'POST', raw: 'null' }, [400, 'bad_request'])
  })

  it('longpoll waits for a change, from now or from a place', async () => {
    await put('old')
    const response = await feed('?feed=longpoll&since=now&heartbeat=100&include_docs=true')
    await readUntil(response, '\n')
    await put('new', { n: 1 })
    const text = await readUntil(response, 'last_seq')
    expect(text).to.include('"n":1').and.not.include('old')
    const late = await call('/_changes?feed=longpoll&since=now&timeout=50')
    expect(late.body).to.deep.equal({ results: [], last_seq: 2, pending: 0 })
  })

  it('continuous and eventsource go on, beat, and stop listening with their reader', async () => {
    await put('one')
    const listening = await listeners()
    const lines = await feed('?feed=continuous&heartbeat=100')
    const events = await feed('?feed=eventsource&heartbeat=100')
    expect(events.headers['content-type']).to.equal('text/event-stream')
    await readUntil(lines, '}\n\n')
    await readUntil(events, 'event: heartbeat')
    await put('two')
    await readUntil(lines, '"id":"two"')
    expect(await readUntil(events, '"two"')).to.match(/data: .*"two".*\nid: 2\n\n/)
    expect(listening.size).to.equal(2)
    lines.destroy()
    events.destroy()
    await listening.none()
    expect((await call('/_changes?feed=continuous&limit=1')).text).to.match(/"one".*\n.*"last_seq":1/)
    const resumed = { 'Last-Event-ID': '1' }
    const rest = await call('/_changes?feed=eventsource&timeout=50', { headers: resumed })
    expect(rest.text).to.include('two').and.not.include('one')
  })
})
