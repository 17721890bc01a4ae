import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { startOpenReplication, type Json, type OpenReplication } from '../support/open-replication.ts'

const docs: Json[] = [
  { _id: 'cat', kind: 'cat', weight: 4, tags: ['indoor', 'old'], owner: { name: 'Ann', phones: [1, 2] } },
  { _id: 'dog', kind: 'dog', weight: 30, tags: [], owner: { name: 'bob' }, 'a.b': 1 },
  { _id: 'eel', kind: null, weight: 2.5, tags: 'none', owner: null, wet: true },
  {
    _id: 'fox',
    weight: -3,
    tags: ['wild', ['nested']],
    owner: { name: 'ann', age: 7 },
    visits: [{ day: 1 }, { day: 9 }],
  },
  { _id: 'gnu' },
]
const selectors: Json[] = [
  {},
  { kind: 'cat' },
  { kind: { $ne: 'cat' } },
  { kind: null },
  { _id: { $gte: 'dog', $lt: 'fox' } },
  { weight: { $gt: 2.5 } },
  { weight: { $lte: 4 }, kind: { $exists: true } },
  { kind: { $exists: false } },
  { $not: { kind: { $exists: true } } },
  { $not: { kind: 'cat' } },
  { $not: { kind: 'cat', weight: 4 } },
  { weight: { $not: { $gt: 2.5 } } },
  { $or: [{ kind: 'dog' }, { wet: true }] },
  { $nor: [{ kind: 'dog' }, { wet: true }] },
  { $and: [{ kind: 'dog' }, { weight: 30 }] },
  { $not: { $or: [{ kind: 'dog' }, { weight: 4 }] } },
  { kind: { $in: ['cat', null] } },
  { kind: { $nin: ['cat', null] } },
  { tags: { $in: ['old'] } },
  { tags: { $all: ['old', 'indoor'] } },
  { tags: { $all: [] } },
  { tags: { $size: 0 } },
  { tags: { $not: { $size: 0 } } },
  { tags: { $type: 'string' } },
  { tags: { $elemMatch: { $eq: 'wild' } } },
  { visits: { $elemMatch: { day: { $gt: 5 } } } },
  { visits: { $allMatch: { day: { $gt: 0 } } } },
  { owner: { name: 'Ann' } },
  { 'owner.name': { $gt: 'ann' } },
  { owner: { $keyMapMatch: { $eq: 'age' } } },
  { 'owner.name': { $beginsWith: 'A' } },
  { 'a\\.b': 1 },
  { weight: { $mod: [2, 0] } },
  { kind: { $gt: null } },
  { kind: { $eq: 'cat', $ne: 'dog' } },
]
const bad: Json[] = [
  { a: { $foo: 1 } },
  { $or: {} },
  { a: { $in: 5 } },
  { a: { $size: 'x' } },
  { a: { $mod: [0, 1] } },
]

const idsOf = (body: Json): string[] => (body['results'] as { id: string }[]).map(({ id }) => id).sort()

describe('Changes by a selector', () => {
  let server: OpenReplication
  const ask = (selector: unknown) => server.request('/db/_changes?filter=_selector', { json: { selector } })
  before(async () => {
    server = await startOpenReplication()
    await server.request('/db', { method: 'PUT' })
    await server.request('/db/_bulk_docs', { json: { docs } })
  })
  after(async () => {
    expect(server.faults).to.deep.equal([])
    await server[Symbol.asyncDispose]()
  })

  it('are those of the documents that it fits', async () => {
    const found = async (selector: Json): Promise<string[]> => idsOf((await ask(selector)).body)
    expect(await found({ kind: 'cat' })).to.deep.equal(['cat'])
    expect(await found({ weight: { $gt: 2.5 } })).to.deep.equal(['cat', 'dog'])
    expect(await found({ kind: { $exists: false } })).to.deep.equal(['fox', 'gnu'])
    expect(await found({ $not: { kind: 'cat' } })).to.deep.equal(['dog', 'eel'])
    expect(await found({ visits: { $elemMatch: { day: { $gt: 5 } } } })).to.deep.equal(['fox'])
    expect(await found({})).to.have.length(5)
  })

  it('are refused where it is none', async () => {
    for (const selector of [...bad, 5, 'x', null, undefined, []])
      expect((await ask(selector)).status, JSON.stringify(selector)).to.equal(400)
    expect((await ask('x')).body['reason']).to.equal('Selector error: expected a JSON object')
    expect((await ask({ $or: Array.from({ length: 1001 }, () => ({ a: 1 })) })).status).to.equal(400)
    expect((await ask({ a: { $regex: '(a+)+$' } })).status).to.equal(501)
  })

  it('are the same as from CouchDB', async function () {
    const couch = process.env['COUCHDB_URL']
    if (couch === undefined) {
      console.warn('SKIPPED: selectors beside CouchDB (set COUCHDB_URL)')
      return this.skip()
    }
    const { origin, username, password } = new URL(couch)
    const Authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const name = `selector-${randomUUID()}`
    const there = async (method: string, path: string, json?: unknown): Promise<Json> => {
      const headers = { Authorization, 'Content-Type': 'application/json' }
      const body = json === undefined ? {} : { body: JSON.stringify(json) }
      return (await (await fetch(`${origin}/${name}${path}`, { method, headers, ...body })).json()) as Json
    }
    await there('PUT', '')
    try {
      await there('POST', '/_bulk_docs', { docs })
      for (const selector of selectors) {
        const theirs = await there('POST', '/_changes?filter=_selector', { selector })
        expect(idsOf((await ask(selector)).body), JSON.stringify(selector)).to.deep.equal(idsOf(theirs))
      }
    } finally {
      await there('DELETE', '')
    }
  })
})
