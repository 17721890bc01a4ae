/** The Registrations calls as a practice's web site makes them, with an app key. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { codeOf, forgetAnswers, type Headers, type Json } from '../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

describe('Registrations', () => {
  let server: TestServer
  let app: Headers
  let key: Headers
  before(async () => {
    server = await startServer()
    app = { ApiToken: await server.login('demo-app-key') }
    key = { ApiToken: await server.login() }
  })
  after(() => server[Symbol.asyncDispose]())

  const list = (name: string, query = 'groupId=1', headers = app): Promise<Answer> =>
    server.request(`/v2/registrations/${name}?${query}`, { headers })
  const check = (json: unknown, headers = app): Promise<Answer> =>
    server.request('/v2/registrations/checkClientExists', { json, headers })
  const register = (json: unknown, headers = app): Promise<Answer> =>
    server.request('/v2/registrations/registerClient', { json, headers })
  const names = ({ body }: Answer): unknown[] => (body['items'] as Json[]).map(({ name }) => name)
  const paths = ({ body }: Answer): unknown[] => (body['errors'] as Json[]).map(({ path }) => path)

  let people = 0
  /** Somebody whom nobody knows. */
  const somebody = (more: Json = {}): Json => {
    const n = (people += 1)
    return {
      ...{ groupId: 1, siteId: 1 },
      client: {
        ...{ title: 'Mrs', firstName: 'Dorothy', lastName: `Hale${'abcdefghijklmnopqrstuvwxyz'[n]}` },
        address: { line1: `${n} Tithe Barn Close`, city: 'Stonebeck', postcode: `ZZ${n} 4LT` },
        phones: [`01632 9700${10 + n}`],
        emails: [`dorothy${n}@example.org`],
      },
      animals: [{ name: 'Biscuit', species: 'Dog', breed: 'Whippet', dateOfBirth: '2024-02-29' }],
      terms: { version: '2026-01', accepted: true },
      ...more,
    }
  }
  const clientOf = (body: Json): Json => body['client'] as Json

  it('offer the practice’s own lists, page by page', async () => {
    for (const name of ['titles', 'cities', 'counties', 'species', 'colours', 'sexes', 'sites'])
      expect(names(await list(name)), name).to.not.deep.equal([])
    for (const name of ['clientCategories', 'introducedBy', 'consentMethods'])
      expect(names(await list(name)), name).to.not.deep.equal([])
    expect(names(await list('titles'))).to.include.members(['Mr', 'Mrs', 'Dr'])
    expect(names(await list('breeds', 'groupId=1&species=Cat')))
      .to.include('Siamese')
      .and.not.include('Texel')
    for (const species of ['cat', 'CAT'])
      expect(names(await list('breeds', `groupId=1&species=${species}`)), species).to.include('Siamese')
    const unknown = await list('breeds', 'groupId=1&species=Unicorn')
    expect([codeOf(unknown), paths(unknown)]).to.deep.equal(['422 FIELDS_INVALID', ['query.species']])
    expect(names(await list('sites', 'groupId=2'))).to.deep.equal(['Seaview Harbour'])
    const first = await list('titles', 'groupId=1&limit=3')
    const rest = await list('titles', `groupId=1&cursor=${String(first.body['nextCursor'])}`)
    expect([...names(first), ...names(rest)]).to.deep.equal(names(await list('titles')))
    expect(rest.body['nextCursor']).to.equal(null)
    expect((await list('terms')).body).to.include({ version: '2026-01' })
    const { types } = (await list('consentMethods')).body as { types: Json[] }
    expect(types.filter(({ contractual }) => contractual)).to.have.length(1)
  })

  it('refuse lists without a token, of another’s group, and with unknown fields', async () => {
    expect(codeOf(await list('titles', 'groupId=1', {}))).to.equal('401 TOKEN_MISSING')
    expect(codeOf(await list('titles', 'groupId=77'))).to.equal('404 UNKNOWN_GROUP')
    expect(codeOf(await list('terms', 'groupId=77'))).to.equal('404 UNKNOWN_GROUP')
    for (const query of [
      '',
      'groupId=0',
      'groupId=x',
      'groupId=1&limit=0',
      'groupId=1&cursor=eA',
      'groupId=1&x=1',
    ])
      expect(codeOf(await list('sexes', query)), query).to.equal('400 INVALID_REQUEST')
  })

  it('say whether somebody is a client, and nothing else', async () => {
    const level = async (person: Json): Promise<unknown> => {
      const { status, body } = await check({ groupId: 1, ...person })
      expect(status).to.equal(200)
      expect(Object.keys(body)).to.deep.equal(['matchLevel'])
      return body['matchLevel']
    }
    expect(await level({ lastName: 'mársh', phones: ['(01632) 960 100'] })).to.equal('MATCHED')
    expect(await level({ lastName: 'MARSH', emails: ['Carol@Example.com'] })).to.equal('MATCHED')
    expect(await level({ lastName: 'Hale', emails: ['carol@example.com'] })).to.equal('PARTIALLY_MATCHED')
    expect(await level({ lastName: 'Marsh', emails: ['nobody@example.com'] })).to.equal('UNMATCHED')
    expect(await level({ groupId: 2, lastName: 'Marsh', phones: ['01632 960170'] })).to.equal('UNMATCHED')
    expect(codeOf(await check({ groupId: 77, lastName: 'M', phones: ['01632 960100'] }))).to.equal(
      '404 UNKNOWN_GROUP',
    )
    expect(codeOf(await check({ groupId: 1, lastName: 'M', phones: ['01632 960100'] }, {}))).to.equal(
      '401 TOKEN_MISSING',
    )
    expect(paths(await check({ groupId: 1, lastName: 'Marsh' }))).to.deep.equal(['phones'])
    expect(paths(await check({ phones: ['x'], more: 1 }))).to.include.members([
      'groupId',
      'lastName',
      'phones.0',
      'more',
    ])
  })

  it('ask for no more than the surname and the first line of the address to find somebody by', async () => {
    const body = somebody()
    expect((await register(body)).status).to.equal(201)
    const { lastName, address } = clientOf(body) as { lastName: string; address: { line1: string } }
    const home = { groupId: 1, address: { line1: address.line1.toUpperCase() } }
    expect((await check({ ...home, lastName })).body).to.deep.equal({ matchLevel: 'PARTIALLY_MATCHED' })
    expect((await check({ ...home, lastName: 'Nobody' })).body).to.deep.equal({ matchLevel: 'UNMATCHED' })
  })

  it('register a client with animals, terms and the whole grid of consents', async () => {
    const consents = [{ type: 'reminders', channel: 'text-message', granted: true }]
    const answer = await register(somebody({ consents, clientCategory: 'farm', introducedBy: 'passing-by' }))
    expect(answer.status, answer.text).to.equal(201)
    const { clientId, animals, terms } = answer.body as { clientId: string; animals: Json[]; terms: Json }
    const granted = (answer.body['consents'] as Json[]).filter((consent) => consent['granted'])
    expect(answer.body['consents']).to.have.length(16)
    expect(granted.map(({ type, channel }) => `${String(type)} ${String(channel)}`)).to.have.members([
      ...['e-mail', 'text-message', 'telephone', 'post'].map((channel) => `care-and-appointments ${channel}`),
      'reminders text-message',
    ])
    expect(terms).to.deep.equal({ version: '2026-01', acceptedAt: new Date(server.clock.now).toISOString() })
    const amelia = (await server.signIn('amelia.vet')).headers
    const client = await server.request(`/v2/mobile/clients/${clientId}`, { headers: amelia })
    expect(client.body).to.include({ firstName: 'Dorothy', deactivated: false })
    const animal = await server.request(`/v2/mobile/animals/${String(animals[0]?.['animalId'])}`, {
      headers: amelia,
    })
    expect(animal.body).to.include({ name: 'Biscuit', clientId, dateOfBirth: '2024-02-29' })
    const kept = await list(`clients/${clientId}`, 'groupId=1', key)
    expect(kept.body).to.include({ matchLevel: 'UNMATCHED', clientCategory: 'farm', siteId: 1 })
    expect(kept.body['consents']).to.deep.equal(answer.body['consents'])
  })

  it('keep names and notes in any script as they were written', async () => {
    const body = somebody()
    const animals = [
      { name: 'كلب', species: 'Dog', notes: '“ключ” under the mat\u202e 🐕'.padEnd(10_000, 'ß') },
    ]
    const client = { ...clientOf(body), firstName: 'محمد', lastName: 'Ğöß-Ōtani' }
    const { body: made } = await register({ ...body, client, animals })
    const found = await server.request('/v2/managedBookings/searchClients?groupId=1&surname=otani', {
      headers: key,
    })
    const [item] = found.body['items'] as Json[]
    expect(item).to.include({ id: made['clientId'], firstName: 'محمد', lastName: 'Ğöß-Ōtani' })
    expect((item?.['animals'] as Json[])[0]).to.include({ name: 'كلب' })
  })

  it('keep the line breaks of notes, and refuse them and control characters in what is one line', async () => {
    const body = somebody()
    const notes = 'Gate code:\r\n\t1234'
    const made = await register({ ...body, animals: [{ name: 'Biscuit', species: 'Dog', notes }] })
    expect(made.status, made.text).to.equal(201)
    const [animal] = made.body['animals'] as Json[]
    const { headers } = await server.signIn('amelia.vet')
    const kept = await server.request(`/v2/mobile/animals/${String(animal?.['animalId'])}`, { headers })
    expect(kept.body).to.include({ notes })
    for (const broken of ['Evil\r\nName', 'A\nB', 'A\tB', 'A\u0000B', 'A\u2028B']) {
      const client = clientOf(somebody())
      const address = { ...(client['address'] as Json), line1: broken }
      const refused = await register(
        somebody({
          client: { ...client, firstName: broken, lastName: broken, address },
          animals: [{ name: broken, species: 'Dog', breed: broken }],
        }),
      )
      expect(codeOf(refused), JSON.stringify(broken)).to.equal('400 INVALID_REQUEST')
      expect(paths(refused)).to.have.members([
        ...['client.firstName', 'client.lastName', 'client.address.line1'],
        ...['animals.0.name', 'animals.0.breed'],
      ])
    }
  })

  it('refuse whoever may be a client already, unless told to register all the same', async () => {
    const body = somebody()
    expect((await register(body)).status).to.equal(201)
    const again = await register(body)
    expect(codeOf(again)).to.equal('409 POSSIBLE_DUPLICATE')
    expect(again.body).to.include({ matchLevel: 'MATCHED' })
    expect(again.text).to.not.contain('Dorothy').and.not.contain('clientId')
    const partly = { ...somebody(), client: { ...clientOf(somebody()), emails: clientOf(body)['emails'] } }
    expect((await register(partly)).body).to.include({ matchLevel: 'PARTIALLY_MATCHED' })
    const forced = await register({ ...body, overrideDuplicate: true })
    expect(forced.status).to.equal(201)
    const kept = await list(`clients/${String(forced.body['clientId'])}`, 'groupId=1', key)
    expect(kept.body).to.include({ matchLevel: 'MATCHED' })
  })

  it('register once under an Idempotency-Key, also when the server died before it answered', async () => {
    const body = somebody()
    const headers = { ...app, 'Idempotency-Key': randomUUID() }
    const first = await register(body, headers)
    const again = await register(body, headers)
    expect([again.status, again.body]).to.deep.equal([201, first.body])
    await forgetAnswers(server)
    const after = await register(body, headers)
    expect([after.status, after.body]).to.deep.equal([201, first.body])
    expect(codeOf(await register(somebody(), headers))).to.equal('422 IDEMPOTENCY_KEY_REUSED')
  })

  it('name each field that is missing, too long, of another list or unknown', async () => {
    expect(paths(await register({}))).to.have.members(['groupId', 'siteId', 'client'])
    const none = paths(await register({ ...somebody(), client: {} }))
    for (const field of ['firstName', 'lastName', 'address', 'phones', 'emails'])
      expect(none).to.include(`client.${field}`)
    const wrong: [Json, string][] = [
      [{ client: { ...clientOf(somebody()), lastName: 'x'.repeat(201) } }, 'client.lastName'],
      [{ client: { ...clientOf(somebody()), emails: ['no address'] } }, 'client.emails.0'],
      [{ client: { ...clientOf(somebody()), phones: ['call me'] } }, 'client.phones.0'],
      [{ client: { ...clientOf(somebody()), phones: [] } }, 'client.phones'],
      [{ client: { ...clientOf(somebody()), siteIds: [2] } }, 'client.siteIds'],
      [{ client: { ...clientOf(somebody()), address: {} } }, 'client.address.line1'],
      [{ animals: [{ species: 'Dog' }] }, 'animals.0.name'],
      [{ animals: [{ name: 'B', species: 'Dog', dateOfBirth: '2023-02-29' }] }, 'animals.0.dateOfBirth'],
      [{ animals: [{ name: 'B', species: 'Dog', notes: 'x'.repeat(10_001) }] }, 'animals.0.notes'],
      [{ animals: Array.from({ length: 21 }, () => ({ name: 'B', species: 'Dog' })) }, 'animals'],
      [{ terms: { version: '2026-01', accepted: false } }, 'terms.accepted'],
      [{ prospect: true }, 'prospect'],
    ]
    for (const [more, path] of wrong) {
      const answer = await register(somebody(more))
      expect(codeOf(answer), path).to.equal('400 INVALID_REQUEST')
      expect(paths(answer)).to.include(path)
    }
  })

  it('refuse what the practice does not have: a species, a consent, terms, a site, a group', async () => {
    const refused: [Json, string][] = [
      [{ animals: [{ name: 'B', species: 'Unicorn' }] }, 'animals.0.species'],
      [{ animals: [{ name: 'B', species: 'Dog', sex: 'maybe' }] }, 'animals.0.sex'],
      [{ client: { ...clientOf(somebody()), title: 'King' } }, 'client.title'],
      [{ clientCategory: 'Farm' }, 'clientCategory'],
      [{ introducedBy: 'nobody' }, 'introducedBy'],
      [{ terms: null }, 'terms'],
      [{ consents: [{ type: 'x', channel: 'post', granted: true }] }, 'consents.0.type'],
      [{ consents: [{ type: 'reminders', channel: 'x', granted: true }] }, 'consents.0.channel'],
      [
        { consents: [{ type: 'care-and-appointments', channel: 'post', granted: false }] },
        'consents.0.granted',
      ],
    ]
    for (const [more, path] of refused) {
      const answer = await register(somebody(more))
      expect(codeOf(answer), path).to.equal('422 FIELDS_INVALID')
      expect(paths(answer)).to.deep.equal([path])
    }
    const old = await register(somebody({ terms: { version: '2019-07', accepted: true } }))
    expect(codeOf(old)).to.equal('409 TERMS_CHANGED')
    expect(old.body).to.include({ version: '2026-01' })
    expect(codeOf(await register(somebody({ siteId: 3 })))).to.equal('404 UNKNOWN_SITE')
    expect(codeOf(await register(somebody({ groupId: 77 })))).to.equal('404 UNKNOWN_GROUP')
    expect(codeOf(await register(somebody(), {}))).to.equal('401 TOKEN_MISSING')
  })

  it('take no consents and no terms where a practice has none', async () => {
    const group = await server.context.groups.get(2)
    const docs = await group.db.range({ from: 'reference:', to: 'reference:\uffff' })
    const lists = docs.filter(({ _id }) => /^reference:(terms|consent)/.test(_id))
    await group.db.write(lists.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })))
    const there = somebody({ groupId: 2, siteId: 3, terms: null })
    const answer = await register(there)
    expect(answer.status, answer.text).to.equal(201)
    expect(answer.body).to.deep.include({ terms: null, consents: [] })
    expect(codeOf(await list('terms', 'groupId=2'))).to.equal('404 NOT_FOUND')
  })

  it('show a registration to the practice only', async () => {
    const { body } = await register(somebody({ siteId: 2 }))
    const where = `clients/${String(body['clientId'])}`
    const seen = async (username: string): Promise<string> =>
      codeOf(await list(where, '', (await server.signIn(username, { apiKey: 'demo-app-key' })).headers))
    expect(await seen('rita.reception')).to.equal('200 undefined')
    expect(await seen('ben.vet')).to.equal('404 NOT_FOUND')
    expect(await seen('sam.seaview')).to.equal('404 NOT_FOUND')
    expect(await seen('carol@example.com')).to.equal('403 ROLE_NOT_ALLOWED')
    expect(codeOf(await list(where, 'groupId=1', app))).to.equal('403 SERVER_KEY_REQUIRED')
    expect(codeOf(await list(where, 'groupId=2', key))).to.equal('404 NOT_FOUND')
    expect(codeOf(await list(`clients/${randomUUID()}`, 'groupId=1', key))).to.equal('404 NOT_FOUND')
  })
})
