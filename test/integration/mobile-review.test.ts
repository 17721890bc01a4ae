import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { startServer, type SignedIn, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>

describe('The review calls', () => {
  let server: TestServer
  let amelia: SignedIn
  let ben: SignedIn
  let sam: SignedIn
  before(async () => {
    server = await startServer()
    amelia = await server.signIn('amelia.vet')
    ben = await server.signIn('ben.vet')
    sam = await server.signIn('sam.seaview')
  })
  after(async () => await server[Symbol.asyncDispose]())

  const get = async (path: string, user: SignedIn): Promise<Json> =>
    (await server.request(`/v2/mobile/${path}`, { headers: user.headers })).body
  const post = async (path: string, user: SignedIn, json: unknown): Promise<Json> =>
    (await server.request(`/v2/mobile/${path}`, { method: 'POST', headers: user.headers, json })).body
  const now = (): string => new Date(server.clock.now).toISOString()
  const upload = async (call: string, user: SignedIn, item: Json): Promise<Json> => {
    const body = await post(call, user, {
      deviceId: user.headers.ApiUserToken.slice(-8),
      batchId: 'b',
      sentAt: now(),
      items: [item],
    })
    return (body['results'] as Json[])[0] ?? {}
  }
  const itemsOf = (body: Json): Json[] => body['items'] as Json[]
  const edit = (record: Json, changes: Json): Json => ({
    clientItemId: randomUUID(),
    id: record['id'],
    baseRevision: record['revision'],
    editedAt: now(),
    changes,
  })

  /** Two edits of an animal's weight that did not see each other. */
  const disagreement = async (): Promise<{ animal: Json; conflict: Json }> => {
    const client = { clientItemId: randomUUID(), editedAt: now(), data: { lastName: 'Marsh', siteIds: [1] } }
    await upload('uploadClientItems', amelia, client)
    const item = {
      clientItemId: randomUUID(),
      editedAt: now(),
      data: { clientId: client.clientItemId, name: 'Bramble' },
    }
    const made = await upload('uploadAnimalItems', amelia, item)
    const animal = made['record'] as Json
    for (const [user, to] of [
      [amelia, 500],
      [ben, 480],
    ] as const)
      await upload('uploadAnimalItems', user, edit(animal, { weightGrams: { from: null, to } }))
    const conflict = itemsOf(await get('conflicts', ben)).find((c) => c['recordId'] === animal['id'])
    return { animal, conflict: conflict ?? {} }
  }

  it('show a conflict with every value, who and when, to those whose sites it touches', async () => {
    const { animal, conflict } = await disagreement()
    expect(conflict).to.include({ recordType: 'animal', recordId: animal['id'], field: 'weightGrams' })
    const values = conflict['values'] as Json[]
    expect(values.map((v) => v['value']).sort()).to.deep.equal([480, 500])
    for (const value of values) expect(value).to.include.keys('by', 'at', 'stamp')
    expect(itemsOf(await get('conflicts', sam))).to.deep.equal([])
  })

  it('settle a conflict by one of its values, for good', async () => {
    const { animal, conflict } = await disagreement()
    const other = (conflict['values'] as Json[]).find((v) => v['value'] !== conflict['shown'])
    const settled = await post(`conflicts/${String(conflict['id'])}/resolve`, ben, {
      stamp: other?.['stamp'],
    })
    expect(settled['record']).to.include({ id: animal['id'], weightGrams: other?.['value'] })
    expect(itemsOf(await get('conflicts', ben)).map((c) => c['id'])).not.to.include(conflict['id'])
    const again = await post(`conflicts/${String(conflict['id'])}/resolve`, ben, { stamp: other?.['stamp'] })
    expect(again).to.include({ status: 404, code: 'NOT_FOUND' })
  })

  it('settle a conflict by the value that is shown already', async () => {
    const { animal, conflict } = await disagreement()
    const shown = (conflict['values'] as Json[]).find((v) => v['value'] === conflict['shown'])
    const settled = await post(`conflicts/${String(conflict['id'])}/resolve`, ben, {
      stamp: shown?.['stamp'],
    })
    expect(settled['record']).to.include({ id: animal['id'], weightGrams: conflict['shown'] })
    expect(itemsOf(await get('conflicts', ben)).map((c) => c['id'])).not.to.include(conflict['id'])
  })

  it('settle a conflict by another value, and refuse one that the field cannot hold', async () => {
    const { animal, conflict } = await disagreement()
    const path = `conflicts/${String(conflict['id'])}/resolve`
    expect(await post(path, ben, { value: 'heavy' })).to.include({ status: 400, code: 'INVALID_REQUEST' })
    expect(await post(path, ben, { stamp: 'none of them' })).to.include({
      status: 400,
      code: 'INVALID_REQUEST',
    })
    expect(await post(path, ben, {})).to.include({ status: 400, code: 'INVALID_REQUEST' })
    expect(await post(path, sam, { value: 490 })).to.include({ status: 404, code: 'NOT_FOUND' })
    expect((await post(path, ben, { value: 490 }))['record']).to.include({
      id: animal['id'],
      weightGrams: 490,
    })
  })

  it('settle a conflict once under an Idempotency-Key, also when the server died before it answered', async () => {
    const { animal, conflict } = await disagreement()
    const path = `/v2/mobile/conflicts/${String(conflict['id'])}/resolve`
    const headers = { ...ben.headers, 'Idempotency-Key': randomUUID() }
    const first = await server.request(path, { json: { value: 490 }, headers })
    const again = await server.request(path, { json: { value: 490 }, headers })
    expect([again.status, again.body]).to.deep.equal([200, first.body])
    const db = await server.context.store.database('accounts')
    const docs = await db.range({ from: 'idempotency:', to: 'idempotency:\uffff' })
    await db.write(docs.map(({ answer, ...doc }) => ({ ...doc, leaseUntil: 0 })))
    const after = await server.request(path, { json: { value: 490 }, headers })
    expect([after.status, after.body]).to.deep.equal([200, first.body])
    expect(after.body['record']).to.include({ id: animal['id'], weightGrams: 490 })
    expect((await server.request(path, { json: { value: 480 }, headers })).status).to.equal(422)
  })

  it('page through conflicts, each once', async () => {
    const made = new Set<unknown>()
    for (let i = 0; i < 5; i += 1) made.add((await disagreement()).conflict['id'])
    const seen: unknown[] = []
    let cursor = ''
    do {
      const body = await get(`conflicts?limit=2${cursor}`, amelia)
      seen.push(...itemsOf(body).map((c) => c['id']))
      cursor = typeof body['nextCursor'] === 'string' ? `&cursor=${body['nextCursor']}` : ''
    } while (cursor !== '')
    expect(new Set(seen).size).to.equal(seen.length)
    expect([...made].every((id) => seen.includes(id))).to.equal(true)
  })

  it('refuse a cursor that is not their own', async () => {
    for (const list of ['conflicts', 'rejected'])
      for (const cursor of ['garbage', Buffer.from('\u0000').toString('base64url')]) {
        const body = await get(`${list}?cursor=${cursor}`, amelia)
        expect(body, list).to.include({ status: 400, code: 'INVALID_REQUEST' })
        expect((body['errors'] as Json[])[0]).to.include({ path: 'query.cursor' })
      }
  })

  it('page through what was refused, each once', async () => {
    const made = new Set<unknown>()
    for (let i = 0; i < 5; i += 1) {
      const data = { animalId: randomUUID(), description: 'Trim', vatRate: 0, quantity: 1, treatedAt: now() }
      const item = { clientItemId: randomUUID(), editedAt: now(), data }
      await upload('uploadTreatmentItems', sam, item)
      made.add(item.clientItemId)
    }
    const seen: unknown[] = []
    let cursor = ''
    do {
      const body = await get(`rejected?limit=2${cursor}`, sam)
      seen.push(...itemsOf(body).map((item) => item['id']))
      cursor = typeof body['nextCursor'] === 'string' ? `&cursor=${body['nextCursor']}` : ''
    } while (cursor !== '')
    expect(seen).to.have.members([...made])
  })

  it('keep what was refused from a device for its own user, until it is taken', async () => {
    const animalId = randomUUID()
    const data = { animalId, description: 'Trim', vatRate: 0, quantity: 1, treatedAt: now() }
    const item = { clientItemId: randomUUID(), editedAt: now(), data }
    expect(await upload('uploadTreatmentItems', ben, item)).to.include({
      outcome: 'REJECTED',
      retryable: true,
    })
    const [kept] = itemsOf(await get('rejected', ben))
    expect(kept).to.deep.include({ id: item.clientItemId, recordType: 'treatment', item, retryable: true })
    expect((kept?.['errors'] as Json[])[0]).to.include({ code: 'UNKNOWN_REFERENCE', path: 'data.animalId' })
    expect(itemsOf(await get('rejected', amelia))).to.deep.equal([])
    const client = { clientItemId: randomUUID(), editedAt: now(), data: { lastName: 'Marsh', siteIds: [1] } }
    await upload('uploadClientItems', ben, client)
    await upload('uploadAnimalItems', ben, {
      clientItemId: animalId,
      editedAt: now(),
      data: { clientId: client.clientItemId, name: 'B' },
    })
    expect(await upload('uploadTreatmentItems', ben, item)).to.include({ outcome: 'CREATED' })
    expect(itemsOf(await get('rejected', ben))).to.deep.equal([])
  })
})
