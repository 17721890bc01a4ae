/** Documents once they are there: lists, renaming, removing, restoring, newer versions. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { photo, sha256, type DocumentClient, type Fields } from '../support/document-client.ts'
import { openDocumentPractice, type DocumentPractice } from '../support/document-practice.ts'
import { metadataText, named } from '../support/tus.ts'

type Json = Record<string, unknown>
interface Page {
  items: Json[]
  nextCursor: string | null
}

describe('Documents', () => {
  let practice: DocumentPractice
  let amelia: DocumentClient
  before(async () => {
    practice = await openDocumentPractice()
    amelia = practice.amelia
  })
  after(() => practice[Symbol.asyncDispose]())

  const base = '/v2/mobile/documents'
  const ask = (path: string, options: Json = {}, client = amelia) =>
    practice.server.request(base + path, {
      ...options,
      headers: { ...client.tokens, ...(options['headers'] as Record<string, string> | undefined) },
    })
  const page = async (query: string, client = amelia): Promise<Page> => {
    const answer = await ask(`?${query}`, {}, client)
    expect(answer.status, answer.text).to.equal(200)
    return answer.body as unknown as Page
  }
  const ids = ({ items }: Page) => items.map(({ id }) => id)
  const upload = async (more: Fields = {}, bytes = photo(500)): Promise<string> => {
    practice.server.clock.now += 1000
    const sent = practice.fields(more)
    expect((await amelia.upload(sent, { bytes })).status).to.equal(201)
    return String(sent['clientItemId'])
  }
  const pulled = async () => {
    const { body } = await practice.server.request('/v2/mobile/sync/pull', {
      json: { deviceId: 'phone', collection: 'documents', checkpoint: null, limit: 1000 },
      headers: amelia.tokens,
    })
    return (body['documents'] as Json[]).filter((doc) => !doc['_deleted']).map(({ id }) => id)
  }
  const newAnimal = () =>
    amelia.create('uploadAnimalItems', { clientId: practice.clientId, name: 'Rook', siteIds: [1] })

  describe('are listed', () => {
    it('by the days on which they were made, as the site counts them', async () => {
      const { clock } = practice.server
      const before = clock.now
      // In London it is summer time: the day begins at 23:00 UTC.
      clock.now = Date.parse('2027-06-01T22:59:00Z')
      practice.amelia = amelia = await practice.signIn('amelia.vet')
      const animalId = await newAnimal()
      const made: string[] = []
      for (const at of ['2027-06-01T22:59:00Z', '2027-06-01T23:01:00Z', '2027-06-02T22:58:00Z']) {
        clock.now = Date.parse(at) - 1000
        practice.amelia = amelia = await practice.signIn('amelia.vet')
        made.unshift(await upload({ animalId }))
      }
      const listed = async (query: string) => ids(await page(`animalId=${animalId}&${query}`))
      expect(await listed('from=2027-06-02&to=2027-06-02')).to.deep.equal(made.slice(0, 2))
      expect(await listed('to=2027-06-01')).to.deep.equal(made.slice(2))
      expect(await listed('from=2027-06-03')).to.deep.equal([])
      const first = await page(`animalId=${animalId}&from=2027-06-02&limit=1`)
      const second = await page(`animalId=${animalId}&from=2027-06-02&limit=1&cursor=${first.nextCursor}`)
      expect([...ids(first), ...ids(second), second.nextCursor]).to.deep.equal([...made.slice(0, 2), null])
      expect(await listed('from=2027-06-02&modifiedSince=2027-05-01T00:00:00Z')).to.have.members(
        made.slice(0, 2),
      )
      for (const bad of ['from=2027-02-30', 'from=yesterday', 'from=2027-06-02&to=2027-06-01'])
        expect((await ask(`?${bad}`)).body['code'], bad).to.equal('INVALID_REQUEST')
      clock.now = before
      practice.amelia = amelia = await practice.signIn('amelia.vet')
    })

    it('newest first, by animal, client and category, page by page', async () => {
      const animalId = await newAnimal()
      const made: string[] = []
      for (const category of ['photo', 'x-ray', 'photo', 'letter', 'photo'])
        made.unshift(await upload({ animalId, category }))
      const first = await page(`animalId=${animalId}&limit=2`)
      const second = await page(`animalId=${animalId}&limit=2&cursor=${first.nextCursor}`)
      const third = await page(`animalId=${animalId}&limit=2&cursor=${second.nextCursor}`)
      expect([...ids(first), ...ids(second), ...ids(third)]).to.deep.equal(made)
      expect(third.nextCursor).to.equal(null)
      const photos = [made[0], made[2], made[4]]
      expect(ids(await page(`animalId=${animalId}&category=photo`))).to.deep.equal(photos)
      expect(ids(await page(`clientId=${practice.clientId}&limit=500`))).to.include.members(made)
      expect(ids(await page(`category=letter`))).to.include(made[1])
    })

    it('only to those who may see them', async () => {
      const id = await upload({ animalId: practice.elsewhere })
      expect(ids(await page(`animalId=${practice.elsewhere}`))).to.include(id)
      expect(ids(await page(`animalId=${practice.elsewhere}`, practice.ben))).to.deep.equal([])
      expect((await ask(`/${id}`, {}, practice.ben)).status).to.equal(404)
      expect((await ask(`/${id}/content`, {}, practice.ben)).status).to.equal(404)
      expect((await ask(`/${id}/thumbnail`, {}, practice.ben)).status).to.equal(404)
      expect((await practice.server.request(`${base}/${id}`)).status).to.equal(401)
    })

    it('by what changed since, removed ones too, and a cursor that goes on from there', async () => {
      const animalId = await newAnimal()
      const [kept, gone] = [await upload({ animalId }), await upload({ animalId })]
      const since = new Date(practice.server.clock.now - 60_000).toISOString()
      const first = await page(`animalId=${animalId}&modifiedSince=${since}&limit=1`)
      const rest = await page(`animalId=${animalId}&limit=5&cursor=${first.nextCursor}`)
      expect([...ids(first), ...ids(rest)]).to.deep.equal([kept, gone])
      const nothing = await page(`animalId=${animalId}&cursor=${rest.nextCursor}`)
      expect(nothing.items).to.deep.equal([])
      await ask(`/${gone}`, { method: 'DELETE' })
      const after = await page(`animalId=${animalId}&cursor=${nothing.nextCursor}`)
      expect(after.items).to.have.length(1)
      expect(after.items[0]).to.include({ id: gone, deleted: true })
      expect((await page(`animalId=${animalId}&cursor=${after.nextCursor}`)).items).to.deep.equal([])
    })

    it('but not by what is no query', async () => {
      for (const query of [
        'animalId=x',
        'limit=0',
        'limit=501',
        'cursor=x',
        'colour=red',
        'modifiedSince=today',
      ])
        expect((await ask(`?${query}`)).body['code'], query).to.equal('INVALID_REQUEST')
    })
  })

  describe('are renamed and filed', () => {
    it('through the write path, where one of the revisions that the caller names is the last', async () => {
      const id = await upload()
      const before = (await ask(`/${id}`)).body
      const json = { title: 'Left fore', category: 'x-ray', fileName: 'left/fore.jpg' }
      const headers = { 'If-Match': `"1-aa", "${String(before['revision'])}"` }
      const { status, body } = await ask(`/${id}`, { method: 'PATCH', json, headers })
      expect(status).to.equal(200)
      expect(body).to.include({ title: 'Left fore', category: 'x-ray', fileName: 'fore.jpg' })
      const stale = await ask(`/${id}`, { method: 'PATCH', json: { title: 'Other' }, headers })
      expect(stale.body).to.include({ status: 409, code: 'STALE_REVISION' })
      expect((stale.body['record'] as Json)['title']).to.equal('Left fore')
      expect(ids(await page('category=x-ray'))).to.include(id)
    })

    it('but not with what is no name, no field, or nobody’s document', async () => {
      const id = await upload()
      const bad: [Json, number, string][] = [
        [{ fileName: 'x.exe' }, 422, 'FILE_NAME_REFUSED'],
        [{ fileName: '../x.jpg' }, 422, 'FILE_NAME_REFUSED'],
        [{ title: '' }, 400, 'INVALID_REQUEST'],
        [{ sha256: 'x' }, 400, 'INVALID_REQUEST'],
        [{ appointmentId: randomUUID() }, 422, 'UNKNOWN_REFERENCE'],
      ]
      for (const [json, status, code] of bad)
        expect((await ask(`/${id}`, { method: 'PATCH', json })).body).to.include({ status, code })
      const nobody = await ask(`/${randomUUID()}`, { method: 'PATCH', json: { title: 'x' } })
      expect(nobody.status).to.equal(404)
    })
  })

  describe('are removed', () => {
    it('from lists, devices and the animal’s history, and come back', async () => {
      const animalId = await newAnimal()
      const id = await upload({ animalId })
      const history = async () =>
        (
          (
            await practice.server.request(`/v2/mobile/animals/${animalId}/history`, {
              headers: amelia.tokens,
            })
          ).body['items'] as Json[]
        ).length
      expect([await history(), (await pulled()).includes(id)]).to.deep.equal([1, true])
      for (let times = 0; times < 2; times += 1)
        expect((await ask(`/${id}`, { method: 'DELETE' })).status).to.equal(204)
      expect([await history(), (await pulled()).includes(id)]).to.deep.equal([0, false])
      expect(ids(await page(`animalId=${animalId}`))).to.deep.equal([])
      expect(ids(await page(`animalId=${animalId}&removed=true`))).to.deep.equal([id])
      for (const [path, method] of [
        ['', 'GET'],
        ['/content', 'GET'],
        ['', 'PATCH'],
      ] as const)
        // prettier-ignore
        expect((await ask(`/${id}${path}`, { method, ...(method === 'PATCH' ? { json: {} } : {}) })).status).to.equal(404)
      const { status, body } = await ask(`/${id}/restore`, { method: 'POST' })
      expect([status, body['deletedAt']]).to.deep.equal([200, null])
      expect([await history(), (await pulled()).includes(id)]).to.deep.equal([1, true])
      expect((await ask(`/${id}/content`)).status).to.equal(200)
    })

    it('only as the caller has seen them', async () => {
      const id = await upload()
      const headers = { 'If-Match': '9-x' }
      expect((await ask(`/${id}`, { method: 'DELETE', headers })).body['code']).to.equal('STALE_REVISION')
      expect((await ask(`/${id}`, { method: 'DELETE' }, practice.ben)).status).to.equal(204)
    })
  })

  describe('get a newer file', () => {
    const form = (bytes: Buffer, name = 'newer.jpg') => {
      const form = new FormData()
      form.set('file', new File([new Uint8Array(bytes)], name, { type: 'image/jpeg' }))
      return form
    }
    const replace = async (id: string, bytes: Buffer, name?: string) => {
      const response = await fetch(`${practice.server.url}${base}/${id}/versions`, {
        ...{ method: 'POST', headers: amelia.tokens, body: form(bytes, name) },
      })
      return { status: response.status, body: (await response.json()) as Json }
    }
    const bytesOf = async (path: string) => {
      const response = await fetch(practice.server.url + base + path, { headers: amelia.tokens })
      return Buffer.from(await response.arrayBuffer())
    }

    it('and keep the older', async () => {
      const [one, two] = [photo(700), photo(800)]
      const id = await upload({}, one)
      const { status, body } = await replace(id, two)
      expect(status).to.equal(201)
      expect(body).to.include({ version: 2, sha256: sha256(two), fileName: 'newer.jpg', size: 800 })
      expect((body['versions'] as Json[])[0]).to.include({ version: 1, sha256: sha256(one), size: 700 })
      expect((await replace(id, two)).body['revision']).to.equal(body['revision'])
      expect(await bytesOf(`/${id}/content`)).to.deep.equal(two)
      expect(await bytesOf(`/${id}/content?version=1`)).to.deep.equal(one)
      expect((await ask(`/${id}/content?version=3`)).status).to.equal(404)
    })

    it('and the first sent again, from a phone that heard no answer, changes nothing', async () => {
      const one = photo(700)
      const sent = practice.fields()
      await amelia.upload(sent, { bytes: one })
      const id = String(sent['clientItemId'])
      const { body } = await replace(id, photo(800))
      expect((await amelia.upload(sent, { bytes: one })).status).to.equal(201)
      expect((await ask(`/${id}`)).body['revision']).to.equal(body['revision'])
    })

    it('but not one that could not have been a document', async () => {
      const id = await upload()
      expect((await replace(id, Buffer.alloc(0))).body['code']).to.equal('EMPTY_FILE')
      expect((await replace(id, Buffer.from('text'))).body['code']).to.equal('CONTENT_TYPE_MISMATCH')
      expect((await replace(id, photo(100), 'x.php.jpg')).body['code']).to.equal('FILE_NAME_REFUSED')
      expect((await replace(randomUUID(), photo(100))).status).to.equal(404)
    })
  })

  describe('of an animal that is not known yet', () => {
    const household = async (animalId: string, siteIds: number[]) => {
      const item = { clientItemId: animalId, editedAt: new Date(practice.server.clock.now).toISOString() }
      const data = { clientId: practice.clientId, name: 'Foal', siteIds }
      const batch = { deviceId: 'phone', batchId: '1', sentAt: item.editedAt, items: [{ ...item, data }] }
      await practice.server.request('/v2/mobile/uploadAnimalItems', { json: batch, headers: amelia.tokens })
    }

    it('are kept, are their sender’s, and become the animal’s when it comes', async () => {
      const animalId = randomUUID()
      const id = await upload({ animalId })
      const before = (await ask(`/${id}`)).body
      expect(before).to.deep.include({ animalId, clientId: null, siteIds: [1, 2] })
      expect(await pulled()).to.include(id)
      await household(animalId, [2])
      const after = (await ask(`/${id}`)).body
      expect(after).to.deep.include({ animalId, clientId: practice.clientId, siteIds: [2] })
      expect((await ask(`/${id}`, {}, practice.ben)).status).to.equal(404)
      expect(ids(await page(`animalId=${animalId}`))).to.deep.equal([id])
    })

    it('are linked also where both come at once', async () => {
      for (let times = 0; times < 10; times += 1) {
        const animalId = randomUUID()
        const [id] = await Promise.all([upload({ animalId }), household(animalId, [2])])
        expect((await ask(`/${id}`)).body).to.deep.include({ siteIds: [2] })
      }
    })
  })

  it('take the kinds of file that the group wants, set by its administrator alone', async () => {
    const put = async (json: Json, client: DocumentClient) =>
      await ask('/settings', { method: 'PUT', json }, client)
    expect((await put({ keepGps: true }, amelia)).body['code']).to.equal('ROLE_NOT_ALLOWED')
    const gita = await practice.signIn('gita.groupadmin')
    const before = (await ask('/settings')).body
    expect((await put({ allowedTypes: ['application/pdf'], fileLimit: 1000 }, gita)).status).to.equal(200)
    const sent = practice.fields()
    await practice.refused(() => amelia.upload(sent, { bytes: photo(100) }), 415, 'FILE_TYPE_NOT_ALLOWED')
    await practice.refused(() => amelia.upload(sent, { bytes: photo(1001) }), 413, 'FILE_TOO_LARGE')
    const headers = { 'Upload-Length': '1001', 'Upload-Metadata': metadataText(named(sent)) }
    const tus = { method: 'POST', headers: { 'Tus-Resumable': '1.0.0', ...headers } }
    expect((await ask('/uploads', tus)).body['code']).to.equal('FILE_TOO_LARGE')
    expect((await put(before, gita)).body).to.deep.equal(before)
    expect((await put({ retentionDays: { photo: 0 } }, gita)).body['code']).to.equal('INVALID_REQUEST')
  })
})
