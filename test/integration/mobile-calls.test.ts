import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { startServer, type SignedIn, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>
const day = '2026-06-15'
const notOurs = ['garbage', '!!!', Buffer.from('2026-06-15T08:00:00.000Z').toString('base64url')]

describe('The Mobile calls', () => {
  let server: TestServer
  let amelia: SignedIn
  let ben: SignedIn
  let sam: SignedIn
  before(async () => {
    server = await startServer({ clock: { now: Date.parse(`${day}T08:00:00Z`) } })
    amelia = await server.signIn('amelia.vet')
    ben = await server.signIn('ben.vet')
    sam = await server.signIn('sam.seaview')
  })
  after(async () => await server[Symbol.asyncDispose]())

  const get = async (path: string, user: SignedIn, headers: Record<string, string> = {}) =>
    await server.request(`/v2/mobile/${path}`, { headers: { ...user.headers, ...headers } })
  const post = async (path: string, user: SignedIn, json: unknown) =>
    await server.request(`/v2/mobile/${path}`, { method: 'POST', headers: user.headers, json })
  const nextOf = ({ nextCursor }: Json): string =>
    typeof nextCursor === 'string' ? `&cursor=${nextCursor}` : ''
  const itemsOf = (body: Json): Json[] => body['items'] as Json[]
  const upload = async (call: string, user: SignedIn, items: unknown[]): Promise<Json[]> => {
    const sentAt = new Date(server.clock.now).toISOString()
    const { body } = await post(call, user, { deviceId: 'd', batchId: 'b', sentAt, items })
    return body['results'] as Json[]
  }
  const creation = (data: Json): Json => ({
    clientItemId: randomUUID(),
    editedAt: new Date(server.clock.now).toISOString(),
    data,
  })
  const firstOf = async (collection: string, user: SignedIn): Promise<Json> => {
    const { body } = await post('sync/pull', user, { deviceId: 'd', collection, checkpoint: null, limit: 1 })
    return (body['documents'] as Json[])[0] ?? {}
  }

  describe('retrieveDiariesForDay', () => {
    it("answers each practitioner's slots and appointments, with clients and animals", async () => {
      const { status, body } = await get(`retrieveDiariesForDay?siteId=1&date=${day}`, amelia)
      expect(status).to.equal(200)
      const diaries = body['diaries'] as Json[]
      expect(diaries.length).to.be.at.least(2)
      const appointments = diaries.flatMap((diary) => diary['appointments'] as Json[])
      expect(appointments.length).to.be.greaterThan(0)
      for (const appointment of appointments) {
        expect(appointment).to.include({ siteId: 1 })
        expect(appointment['client']).to.have.keys('id', 'name', 'phone')
        expect((appointment['animals'] as Json[])[0]).to.include.keys(
          'name',
          'species',
          'breed',
          'allergies',
          'alerts',
        )
      }
      const slots = diaries.flatMap((diary) => diary['slots'] as Json[])
      expect(slots.some((slot) => slot['state'] === 'BOOKED')).to.equal(true)
      expect(slots.some((slot) => slot['state'] === 'FREE')).to.equal(true)
    })

    it('narrows to one practitioner', async () => {
      const all = (await get(`retrieveDiariesForDay?siteId=1&date=${day}`, amelia)).body['diaries'] as Json[]
      const id = String(all[0]?.['practitionerId'])
      const { body } = await get(`retrieveDiariesForDay?siteId=1&date=${day}&practitionerId=${id}`, amelia)
      expect((body['diaries'] as Json[]).map((diary) => diary['practitionerId'])).to.deep.equal([id])
    })

    it("takes the day as the site's own: half past midnight in summer is the day before in UTC", async () => {
      const like = await firstOf('appointments', amelia)
      const { practitionerId, clientId, animalIds } = like
      const data = { siteId: 1, practitionerId, clientId, animalIds }
      const times = { startsAt: '2026-06-15T23:30:00Z', endsAt: '2026-06-15T23:45:00Z' }
      const [made] = await upload('uploadAppointmentItems', amelia, [creation({ ...data, ...times })])
      expect(made?.['outcome']).to.equal('CREATED')
      const idsOn = async (date: string) =>
        itemsOf((await get(`retrieveFullList?siteId=1&date=${date}`, amelia)).body).map((item) => item['id'])
      expect(await idsOn('2026-06-15')).not.to.include(made?.['id'])
      expect(await idsOn('2026-06-16')).to.include(made?.['id'])
    })

    it('knows no site that is not the user’s, nor a day that is none', async () => {
      expect((await get(`retrieveDiariesForDay?siteId=2&date=${day}`, ben)).body).to.include({
        status: 404,
        code: 'UNKNOWN_SITE',
      })
      expect((await get('retrieveDiariesForDay?siteId=1&date=2026-02-30', ben)).body).to.include({
        code: 'INVALID_REQUEST',
      })
    })
  })

  describe('retrieveFullList', () => {
    it('filters by status, several at once, and tells who arrived when', async () => {
      const all = itemsOf((await get(`retrieveFullList?siteId=1&date=${day}`, amelia)).body)
      const [one] = all.filter((item) => item['status'] === 'BOOKED')
      const changes = { status: { from: 'BOOKED', to: 'ARRIVED' } }
      const edit = {
        clientItemId: randomUUID(),
        id: one?.['id'],
        baseRevision: one?.['revision'],
        editedAt: new Date(server.clock.now).toISOString(),
        changes,
      }
      expect((await upload('uploadAppointmentItems', amelia, [edit]))[0]?.['outcome']).to.equal('UPDATED')
      const waiting = itemsOf(
        (await get(`retrieveFullList?siteId=1&date=${day}&statusFlag=ARRIVED`, amelia)).body,
      )
      const mine = waiting.find((item) => item['id'] === one?.['id'])
      expect(mine).to.include({ statusFlag: 'ARRIVED', arrivedAt: new Date(server.clock.now).toISOString() })
      const both = itemsOf(
        (await get(`retrieveFullList?siteId=1&date=${day}&statusFlag=ARRIVED,%20BOOKED`, amelia)).body,
      )
      expect(both.length).to.be.greaterThan(waiting.length)
      expect(new Set(both.map((item) => item['statusFlag']))).to.deep.equal(new Set(['ARRIVED', 'BOOKED']))
    })

    it('refuses a status that there is not', async () => {
      const { body } = await get(`retrieveFullList?siteId=1&date=${day}&statusFlag=WAITING`, amelia)
      expect(body).to.include({ status: 400, code: 'INVALID_REQUEST' })
      expect(JSON.stringify(body['errors'])).to.include('query.statusFlag').and.to.include('FAILED_TO_SHOW')
      for (const none of ['', ','])
        expect(
          (await get(`retrieveFullList?siteId=1&date=${day}&statusFlag=${none}`, amelia)).status,
        ).to.equal(400)
    })
  })

  describe('The calls kept for old apps', () => {
    const pairs = [
      ['retrieveDiary', 'retrieveDiariesForDay', ''],
      ['retrieveDayList', 'retrieveFullList', '&statusFlag=BOOKED,ARRIVED'],
    ] as const
    for (const [old, successor, more] of pairs)
      it(`${old} answers as ${successor}, and says on every answer what takes its place and until when`, async () => {
        const query = `siteId=1&date=${day}${more}`
        const { status, body, headers } = await get(`${old}?${query}`, amelia)
        expect(status).to.equal(200)
        expect(body).to.deep.equal((await get(`${successor}?${query}`, amelia)).body)
        const told = (answered: Headers) =>
          ['deprecation', 'sunset', 'link'].map((name) => answered.get(name))
        const [deprecation, sunset, link] = told(headers)
        expect(deprecation).to.match(/^@\d{10}$/)
        expect(Date.parse(sunset ?? '')).to.be.greaterThan(Number(deprecation?.slice(1)) * 1000)
        expect(link).to.equal(`</v2/mobile/${successor}>; rel="successor-version"`)
        const refused = [
          await get(`${old}?siteId=1`, amelia),
          await get(`${old}?${query.replace('=1', '=2')}`, ben),
          await server.request(`/v2/mobile/${old}?${query}`),
        ]
        expect(refused.map((answer) => answer.body['code'])).to.deep.equal([
          'INVALID_REQUEST',
          'UNKNOWN_SITE',
          'TOKEN_MISSING',
        ])
        for (const answer of refused) expect(told(answer.headers)).to.deep.equal(told(headers))
        expect(told((await get(`${successor}?${query}`, amelia)).headers)).to.deep.equal([null, null, null])
      })
  })

  describe('retrieveTreatmentCodes', () => {
    it('answers 304 as long as nothing changed, and anew when something did', async () => {
      const first = await get('retrieveTreatmentCodes?siteId=1', amelia)
      const etag = first.headers.get('etag') ?? ''
      expect(
        (await get('retrieveTreatmentCodes?siteId=1', amelia, { 'If-None-Match': etag })).status,
      ).to.equal(304)
      const group = await server.context.groups.get(1)
      const doc = await group.db.get(`treatmentCode:${String(itemsOf(first.body)[0]?.['code'])}`)
      await group.db.write([
        {
          ...doc,
          _id: doc?._id ?? '',
          unitPrice: 12345,
          modifiedAt: new Date(server.clock.now + 1).toISOString(),
        },
      ])
      const again = await get('retrieveTreatmentCodes?siteId=1', amelia, { 'If-None-Match': etag })
      expect(again.status).to.equal(200)
      const [item] = itemsOf(again.body)
      expect(item).to.include({ unitPrice: 12345, id: item?.['code'], groupId: 1 })
      expect(item?.['revision']).to.be.a('string').and.not.equal(itemsOf(first.body)[0]?.['revision'])
    })

    it('answers 304 to `If-None-Match: *`, and to one of several tags', async () => {
      const etag = (await get('retrieveTreatmentCodes?siteId=1', amelia)).headers.get('etag') ?? ''
      for (const known of ['*', ` * `, `"x", W/${etag} , "y"`])
        expect(
          (await get('retrieveTreatmentCodes?siteId=1', amelia, { 'If-None-Match': known })).status,
          known,
        ).to.equal(304)
    })

    it('pages through every code once', async () => {
      const whole = itemsOf((await get('retrieveTreatmentCodes?siteId=1', amelia)).body).map(
        (item) => item['code'],
      )
      const paged: unknown[] = []
      let cursor = ''
      do {
        const { body } = await get(`retrieveTreatmentCodes?siteId=1&limit=7${cursor}`, amelia)
        paged.push(...itemsOf(body).map((item) => item['code']))
        cursor = nextOf(body)
      } while (cursor !== '')
      expect(paged).to.deep.equal(whole)
    })

    it('tells what changed since, and what was removed, and goes on from its last cursor', async () => {
      const whole = itemsOf((await get('retrieveTreatmentCodes?siteId=1', amelia)).body)
      const seen = new Set<unknown>()
      let query = 'modifiedSince=2000-01-01T00:00:00Z&limit=10'
      for (;;) {
        const { body } = await get(`retrieveTreatmentCodes?siteId=1&${query}`, amelia)
        for (const item of itemsOf(body)) seen.add(item['code'])
        expect(body['nextCursor']).to.be.a('string')
        query = `limit=10&cursor=${String(body['nextCursor'])}`
        if (itemsOf(body).length < 10) break
      }
      expect(seen.size).to.equal(whole.length)
      const nothing = await get(`retrieveTreatmentCodes?siteId=1&${query}`, amelia)
      expect(itemsOf(nothing.body)).to.deep.equal([])
      const group = await server.context.groups.get(1)
      const removed = String(whole[1]?.['code'])
      const doc = await group.db.get(`treatmentCode:${removed}`)
      const modifiedAt = new Date(server.clock.now + 5).toISOString()
      await group.db.write([
        {
          _id: `treatmentCode:${removed}`,
          _rev: doc?._rev ?? '',
          _deleted: true,
          type: 'treatmentCode',
          modifiedAt,
        },
      ])
      const delta = await get(
        `retrieveTreatmentCodes?siteId=1&limit=10&cursor=${String(nothing.body['nextCursor'])}`,
        amelia,
      )
      expect(itemsOf(delta.body)).to.deep.equal([{ id: removed, deleted: true, modifiedAt }])
      const since = await get(`retrieveTreatmentCodes?siteId=1&modifiedSince=${modifiedAt}`, amelia)
      expect(itemsOf(since.body)).to.deep.include({ id: removed, deleted: true, modifiedAt })
    })

    it('refuses a cursor that is not its own', async () => {
      expect((await get('retrieveTreatmentCodes?siteId=1&cursor=garbage', amelia)).body).to.include({
        code: 'INVALID_REQUEST',
      })
    })
  })

  describe('Tenants and sites', () => {
    it('keeps the records of one group from the users of another', async () => {
      const animal = await firstOf('animals', amelia)
      const client = await firstOf('clients', amelia)
      for (const path of [
        `animals/${String(animal['id'])}`,
        `animals/${String(animal['id'])}/history`,
        `clients/${String(client['id'])}`,
      ]) {
        expect((await get(path, amelia)).status, path).to.equal(200)
        expect((await get(path, sam)).body, path).to.include({ status: 404, code: 'NOT_FOUND' })
      }
      expect((await get(`retrieveFullList?siteId=1&date=${day}`, sam)).body).to.include({
        code: 'UNKNOWN_SITE',
      })
    })

    it('refuses a checkpoint of another tenant, and says that nothing is lost', async () => {
      const { body } = await post('sync/pull', amelia, {
        deviceId: 'd',
        collection: 'animals',
        checkpoint: null,
        limit: 1,
      })
      const pulled = await post('sync/pull', sam, {
        deviceId: 'd',
        collection: 'animals',
        checkpoint: body['checkpoint'],
        limit: 1,
      })
      expect(pulled.body).to.include({ status: 400, code: 'INVALID_CHECKPOINT' })
    })

    it('lets an upload refer to nothing of another tenant', async () => {
      const animal = await firstOf('animals', amelia)
      const data = {
        animalId: animal['id'],
        description: 'x',
        vatRate: 0,
        quantity: 1,
        treatedAt: `${day}T08:00:00Z`,
      }
      const [result] = await upload('uploadTreatmentItems', sam, [creation(data)])
      expect((result?.['errors'] as Json[])[0]).to.include({
        code: 'UNKNOWN_REFERENCE',
        path: 'data.animalId',
      })
    })
  })

  describe('A batch', () => {
    it('of 501 items is refused whole, with the path', async () => {
      const items = Array.from({ length: 501 }, () => ({}))
      const { body } = await post('uploadTreatmentItems', amelia, {
        deviceId: 'd',
        batchId: 'b',
        sentAt: `${day}T08:00:00Z`,
        items,
      })
      expect(body).to.include({ status: 413, code: 'BATCH_TOO_LARGE' })
      expect((body['errors'] as Json[])[0]).to.include({ path: 'items' })
    })

    it('that is not one is refused with every fault named', async () => {
      const { body } = await post('uploadPaymentItems', amelia, { deviceId: 5, items: 'none', extra: true })
      expect(body).to.include({ status: 400, code: 'INVALID_REQUEST' })
      const paths = (body['errors'] as Json[]).map((error) => error['path'])
      expect(paths).to.include.members(['deviceId', 'batchId', 'sentAt', 'items', 'extra'])
    })

    it('with hostile keys and ten thousand characters harms nothing', async () => {
      const client = await firstOf('clients', amelia)
      const hostile = JSON.parse('{"__proto__": {"siteIds": [9]}, "constructor": 1}') as Json
      const notes = 'é🐎'.repeat(3300)
      const animal = { clientId: client['id'], name: 'مُهْرَة 🐎', notes }
      const [bad, good] = await upload('uploadAnimalItems', amelia, [creation(hostile), creation(animal)])
      expect(bad?.['outcome']).to.equal('REJECTED')
      expect(good?.['outcome']).to.equal('CREATED')
      expect((await get(`animals/${String(good?.['id'])}`, amelia)).body).to.include({
        notes,
        name: 'مُهْرَة 🐎',
      })
    })
  })

  describe('The history of an animal', () => {
    it('pages newest first through appointments, treatments and edits', async () => {
      const animal = await firstOf('animals', amelia)
      const id = String(animal['id'])
      const changes = { name: { from: animal['name'], to: 'Renamed' } }
      const edit = {
        clientItemId: randomUUID(),
        id,
        baseRevision: animal['revision'],
        editedAt: `${day}T07:00:00Z`,
        changes,
      }
      await upload('uploadAnimalItems', amelia, [edit])
      const seen: Json[] = []
      let cursor = ''
      do {
        const { body } = await get(`animals/${id}/history?limit=2${cursor}`, amelia)
        seen.push(...itemsOf(body))
        cursor = nextOf(body)
      } while (cursor !== '')
      const whole = itemsOf((await get(`animals/${id}/history?limit=500`, amelia)).body)
      expect(seen).to.deep.equal(whole)
      expect(seen.map((item) => String(item['at']))).to.deep.equal(
        seen
          .map((item) => String(item['at']))
          .sort()
          .reverse(),
      )
      const kept = seen.find((item) => item['type'] === 'edit')?.['edit'] as Json
      expect(kept['changes']).to.deep.equal(changes)
    })

    it('refuses a cursor that is not its own', async () => {
      const id = String((await firstOf('animals', amelia))['id'])
      for (const cursor of notOurs) {
        const { body } = await get(`animals/${id}/history?cursor=${cursor}`, amelia)
        expect(body, cursor).to.include({ status: 400, code: 'INVALID_REQUEST' })
        expect((body['errors'] as Json[])[0]).to.include({ path: 'query.cursor' })
      }
    })
  })

  describe('The event stream', () => {
    it('goes on where it was lost: with what has changed since the last event', async () => {
      /** Listens up to the first id, which vouches for all that is before it, and gives what came. */
      const listen = async (lastId?: string): Promise<{ collections: string[]; id: string }> => {
        const controller = new AbortController()
        const headers = { ...ben.headers, ...(lastId === undefined ? {} : { 'Last-Event-ID': lastId }) }
        const url = `${server.url}/v2/mobile/sync/events?deviceId=d`
        const response = await fetch(url, { headers, signal: controller.signal })
        if (lastId === undefined)
          await upload('uploadClientItems', amelia, [creation({ lastName: 'First', siteIds: [1] })])
        let heard = ''
        for await (const chunk of response.body ?? []) {
          heard += Buffer.from(chunk as Uint8Array).toString()
          if (/^id: .*\ndata: .*\n\n/m.test(heard)) break
        }
        controller.abort()
        const collections = [...heard.matchAll(/^data: (.*)$/gm)].map(([, data = '{}']) =>
          String((JSON.parse(data) as Json)['collection']),
        )
        return { collections, id: /^id: (.*)$/m.exec(heard)?.[1] ?? '' }
      }
      const { collections, id } = await listen()
      expect(collections).to.deep.equal(['clients'])
      await upload('uploadClientItems', amelia, [creation({ lastName: 'Elsewhere', siteIds: [2] })])
      const [client] = await upload('uploadClientItems', amelia, [
        creation({ lastName: 'More', siteIds: [1] }),
      ])
      await upload('uploadAnimalItems', amelia, [
        creation({ clientId: client?.['id'], name: 'Star', siteIds: [1] }),
      ])
      const missed = await listen(id)
      expect(missed.collections).to.have.members(['clients', 'animals'])
      for (const nonsense of ['garbage', `${id}99999`, 'x.1'])
        expect((await listen(nonsense)).collections).to.have.length(9)
    })

    it('is of the collections that are named, and of none that is not there', async () => {
      const answerOf = (names: string): Promise<Response> =>
        fetch(`${server.url}/v2/mobile/sync/events?deviceId=d&collections=${names}`, ben)
      for (const names of ['../x,__proto__', 'animals,', 'animals,toString', '']) {
        const answer = await answerOf(names)
        const { errors } = answer.ok ? {} : ((await answer.json()) as { errors?: Json[] })
        expect([answer.status, errors?.[0]?.['path']], names).to.deep.equal([400, 'query.collections'])
      }
      const good = await answerOf('animals,clients')
      expect(good.status).to.equal(200)
      await good.body?.cancel()
    })

    it('tells at once of a change of what the user may see, and of nothing else', async () => {
      const controller = new AbortController()
      const response = await fetch(`${server.url}/v2/mobile/sync/events?deviceId=d`, {
        headers: ben.headers,
        signal: controller.signal,
      })
      expect(response.headers.get('content-type')).to.match(/^text\/event-stream/)
      await upload('uploadClientItems', amelia, [creation({ lastName: 'Elsewhere', siteIds: [2] })])
      await upload('uploadClientItems', sam, [creation({ lastName: 'Another tenant’s' })])
      const [mine] = await upload('uploadClientItems', amelia, [creation({ lastName: 'Here', siteIds: [1] })])
      let heard = ''
      for await (const chunk of response.body ?? []) {
        heard += Buffer.from(chunk as Uint8Array).toString()
        if (heard.includes('data:')) break
      }
      controller.abort()
      const events = heard
        .split('\n')
        .filter((line) => line.startsWith('data: '))
        .map((line) => JSON.parse(line.slice(6)) as Json)
      expect(events.map((event) => event['collection'])).to.deep.equal(['clients'])
      expect(events[0]?.['checkpoint']).to.have.keys('token')
      expect(mine?.['outcome']).to.equal('CREATED')
    })
  })
})
