/** What replicating clients fetch, as the audit record tells it. */
import { expect } from 'chai'
import { fewDays } from '../../support/server.ts'
import { openSyncPractice, type SyncPractice } from '../../support/sync-practice.ts'

interface Item {
  actor: { kind: string; userId?: string; keyId?: string }
  subjects: { type: string; id: string }[]
  detail: { database?: string; shown?: number }
  requestId: string | null
}

describe('The audit record of replicating clients', () => {
  let practice: SyncPractice
  let admin: Record<string, string>
  let client: { type: string; id: string }
  let animal: { type: string; id: string }
  before(async () => {
    practice = await openSyncPractice(fewDays)
    admin = (await practice.server.signIn('gita.groupadmin')).headers
    client = { type: 'client', id: practice.clientId }
    animal = { type: 'animal', id: practice.animalId }
  })
  after(() => practice[Symbol.asyncDispose]())

  /** The entry of a request, told when its answer has gone. */
  const entryOf = async (path: string, asked: { json?: unknown; headers?: Record<string, string> } = {}) => {
    const { headers } = await practice.ask(path, asked)
    return await entryFor(headers.get('x-request-id'))
  }
  const entryFor = async (requestId: string | null): Promise<Item | undefined> => {
    for (let tries = 0; tries < 20; tries += 1) {
      const { body } = await practice.server.request('/v2/administration/audit?kind=REPLICATED&limit=100', {
        headers: admin,
      })
      const found = (body['items'] as Item[]).find((item) => item.requestId === requestId)
      if (found) return found
    }
    return undefined
  }
  const allIds = async (): Promise<string[]> =>
    ((await practice.ask('group-1/_all_docs?limit=60')).body['rows'] as { id: string }[]).map(({ id }) => id)

  it('names the records that were asked for by name, by every way of doing so', async () => {
    const docs = [{ id: `client:${client.id}` }, { id: `animal:${animal.id}` }]
    const keys = docs.map(({ id }) => id)
    const ways: [string, object | undefined, object[]][] = [
      [`group-1/client:${client.id}`, undefined, [client]],
      [`group-1/client:${client.id}?open_revs=all`, undefined, [client]],
      [`group-1/clients/${client.id}`, undefined, [client]],
      ['group-1/_bulk_get', { docs }, [client, animal]],
      ['group-1/%5Fbulk_get', { docs }, [client, animal]],
      ['group-1/_all_docs?include_docs=true', { keys }, [client, animal]],
      [`group-1/_all_docs?include_docs=true&key="client:${client.id}"`, undefined, [client]],
      ['group-1/_changes?include_docs=true&filter=_doc_ids', { doc_ids: keys }, [client, animal]],
    ]
    for (const [path, json, subjects] of ways) {
      const entry = await entryOf(path, json ? { json } : {})
      expect(entry?.subjects, path).to.have.deep.members(subjects)
      expect(entry?.detail.shown, path).to.equal(subjects.length)
    }
  })

  it('is found by the client that was read, with who read it, and by which key', async () => {
    const { headers } = await practice.server.signIn('amelia.vet')
    const { ApiUserToken } = headers
    await practice.ask(`group-1/client:${client.id}?conflicts=true`, { as: null, headers: { ApiUserToken } })
    const user = await practice.server.context.accounts.user('amelia.vet')
    const { userId } = user ?? {}
    let actors: Item['actor'][] = []
    while (!actors.some(({ keyId }) => keyId)) {
      const path = `/v2/administration/audit?subject=${client.id}`
      const { body } = await practice.server.request(path, { headers: admin })
      actors = (body['items'] as Item[]).map(({ actor }) => actor)
    }
    const key = { accountId: '00000000-0000-4000-8000-000000000001', keyId: 'demo-server' }
    expect(actors).to.deep.include({ kind: 'user', userId, ...key })
  })

  it('sums up what replicates a practice: feeds, ranges, and more records than a person names', async () => {
    const docs = (await allIds()).map((id) => ({ id }))
    expect(docs).to.have.length(60)
    const ways: [string, object | undefined][] = [
      ['group-1/_changes?include_docs=true&conflicts=true&limit=3', undefined],
      ['group-1/_all_docs?include_docs=true&conflicts=true&limit=3', undefined],
      ['group-1/_bulk_get', { docs }],
    ]
    for (const [path, json] of ways) {
      const entry = await entryOf(path, json ? { json } : {})
      expect(entry?.subjects, path).to.deep.equal([])
      expect(entry?.detail.shown, path).to.be.at.least(3)
    }
  })

  it('counts of a feed that is filtered what it tells of, also where that is no more than which records match', async () => {
    const selector = { type: 'client', lastName: 'Marsh' }
    const path = 'group-1/_changes?filter=_selector'
    const { body, headers } = await practice.ask(path, { json: { selector } })
    const found = body['results'] as unknown[]
    expect(found).not.to.deep.equal([])
    const entry = await entryFor(headers.get('x-request-id'))
    expect(entry?.detail.shown).to.equal(found.length)
    const newest = await entryOf('group-1/_changes?include_docs=true&descending=true&limit=2')
    expect(newest?.detail.shown).to.equal(2)
  })

  it('tells of no reading where nothing was shown: nothing new, or revisions that are compared', async () => {
    const id = `client:${client.id}`
    const { headers } = await practice.ask(`group-1/${id}`)
    expect(await entryFor(headers.get('x-request-id'))).to.deep.include({ subjects: [client] })
    const nothing: [string, Parameters<typeof entryOf>[1]][] = [
      [`group-1/${id}`, { headers: { 'If-None-Match': headers.get('etag') ?? '' } }],
      ['group-1/_revs_diff', { json: { [id]: ['9-abc'] } }],
    ]
    for (const [path, asked] of nothing) expect(await entryOf(path, asked), path).to.equal(undefined)
  })
})
