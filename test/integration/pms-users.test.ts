/** Links of accounts to users of a practice's PMS, and the passwords of those. */
import { expect } from 'chai'
import { demoPassword } from '../../server/demo/practice.ts'
import { seedAccounts } from '../../server/demo/seed.ts'
import { codeOf, type Headers, type Json } from '../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

const better = 'Three-Grey-Mares-9'

describe('Users of a practice’s PMS', () => {
  let server: TestServer
  let carol: Headers
  beforeEach(async () => {
    server = await startServer({ seed: ({ accounts }) => seedAccounts({ accounts }) })
    carol = (await server.signIn('carol@example.com')).headers
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const connect = (headers: Headers, json: Json = {}, key?: string): Promise<Answer> =>
    server.request('/v2/mobile/connectUserToPmsGroup', {
      json: { groupId: 2, pmsUsername: 'sam.seaview', pmsPassword: demoPassword, ...json },
      headers: { ...headers, ...(key === undefined ? {} : { 'Idempotency-Key': key }) },
    })
  const update = (headers: Headers, json: Json = {}): Promise<Answer> =>
    server.request('/v2/global/updatePMSPassword', {
      method: 'PUT',
      json: { groupId: 2, pmsUsername: 'sam.seaview', newPmsPassword: better, ...json },
      headers,
    })
  const connections = async (headers: Headers): Promise<Json[]> =>
    (await server.request('/v2/mobile/pmsConnections', { headers })).body['connections'] as Json[]

  it('are linked to an account that knows their password, once', async () => {
    const { status, body } = await connect(carol)
    expect(status).to.equal(200)
    expect(body).to.include({ groupId: 2, groupName: 'Seaview Vets', pmsUsername: 'sam.seaview' })
    expect(await connections(carol)).to.deep.equal([body])
    expect((await connect(carol, { pmsUsername: ' SAM.seaview' })).body).to.deep.equal(body)
    const amelia = (await server.signIn('amelia.vet')).headers
    expect((await connect(amelia)).status).to.equal(200)
    expect(await connections((await server.signIn('ben.vet')).headers)).to.deep.equal([])
  })

  it('are linked once by a request that is repeated', async () => {
    const first = await connect(carol, {}, 'a-key')
    expect((await connect(carol, {}, 'a-key')).body).to.deep.equal(first.body)
    expect(codeOf(await connect(carol, { groupId: 1 }, 'a-key'))).to.equal('422 IDEMPOTENCY_KEY_REUSED')
  })

  it('open no records to the account', async () => {
    await connect(carol)
    expect(await server.probe(carol)).to.equal('ROLE_NOT_ALLOWED')
    const amelia = (await server.signIn('amelia.vet')).headers
    await connect(amelia)
    const diary = '/v2/mobile/retrieveDiariesForDay?siteId=3&date=2026-11-23'
    expect(codeOf(await server.request(diary, { headers: amelia }))).to.equal('404 UNKNOWN_SITE')
  })

  it('are one a group: another takes the place of the one before', async () => {
    await connect(carol, { groupId: 1, pmsUsername: 'ben.vet' })
    await connect(carol, { groupId: 1, pmsUsername: 'nina.nurse' })
    expect((await connections(carol)).map(({ pmsUsername }) => pmsUsername)).to.deep.equal(['nina.nurse'])
  })

  it('are not unlocked by guessing', async () => {
    for (let i = 0; i < 10; i += 1)
      expect(codeOf(await connect(carol, { pmsPassword: 'wrong' }))).to.equal('401 INVALID_CREDENTIALS')
    const locked = await connect(carol)
    expect(codeOf(locked)).to.equal('423 ACCOUNT_LOCKED')
    expect(Number(locked.headers.get('retry-after'))).to.be.greaterThan(0)
    expect(codeOf(await server.verify('sam.seaview', demoPassword))).to.equal('423 ACCOUNT_LOCKED')
  })

  it('are staff of that group and nobody else', async () => {
    const self = { pmsUsername: 'carol@example.com' }
    expect(codeOf(await connect(carol, self))).to.equal('403 NOT_A_VET_USER')
    const ofOther = { groupId: 1, pmsUsername: 'sam.seaview' }
    expect(codeOf(await connect(carol, ofOther))).to.equal('401 INVALID_CREDENTIALS')
    expect(codeOf(await connect(carol, { groupId: 99 }))).to.equal('404 UNKNOWN_GROUP')
  })

  it('get a new password from an account that is linked, and their sessions end', async () => {
    await connect(carol)
    const sam = await server.signIn('sam.seaview')
    const other = (await server.signIn('ben.vet')).headers
    await connect(other)
    const { status, body } = await update(carol)
    expect(status).to.equal(200)
    expect(body).to.deep.equal({
      ...{ groupId: 2, pmsUsername: 'sam.seaview' },
      changedAt: new Date(server.clock.now).toISOString(),
    })
    expect(await server.probe(sam.headers)).to.equal('TOKEN_INVALID')
    expect((await server.verify('sam.seaview', better)).status).to.equal(200)
    expect(await connections(carol), 'the link of who changed it').to.have.length(1)
    expect(await connections(other), 'another’s link').to.have.length(0)
    expect(codeOf(await update(other))).to.equal('404 NOT_FOUND')
    expect((await update(carol)).body, 'again').to.deep.equal(body)
  })

  it('change their own and stay signed in', async () => {
    const [sam, elsewhere] = [await server.signIn('sam.seaview'), await server.signIn('sam.seaview')]
    expect((await update(sam.headers)).status).to.equal(200)
    expect(await server.probe(sam.headers)).to.equal('good')
    expect(await server.probe(elsewhere.headers)).to.equal('TOKEN_INVALID')
  })

  it('are told in plain words why a password is refused', async () => {
    await connect(carol)
    const answer = await update(carol, { newPmsPassword: 'short' })
    expect(codeOf(answer)).to.equal('422 PMS_REJECTED')
    expect(answer.body['detail']).to.match(/^The new password must have at least 12 characters; it must have/)
    const [error] = answer.body['errors'] as Json[]
    expect(error).to.include({ path: 'newPmsPassword', message: 'must have at least 12 characters' })
    await update(carol)
    const before = await update(carol, { newPmsPassword: demoPassword })
    expect(before.body['detail']).to.equal('The new password must not be one of the last 5.')
  })

  it('are nobody’s to change who is not linked to them', async () => {
    for (const json of [{}, { groupId: 1, pmsUsername: 'ben.vet' }, { pmsUsername: 'no.body' }])
      expect(codeOf(await update(carol, json))).to.equal('404 NOT_FOUND')
    const gita = (await server.signIn('gita.groupadmin')).headers
    expect(codeOf(await update(gita, { groupId: 1, pmsUsername: 'ben.vet' }))).to.equal('404 NOT_FOUND')
    await connect(carol)
    expect(codeOf(await update(carol, { groupId: 1 }))).to.equal('404 NOT_FOUND')
    await server.request('/v2/mobile/disconnectUserFromPmsGroup', { json: { groupId: 2 }, headers: carol })
    expect(await connections(carol)).to.deep.equal([])
    expect(codeOf(await update(carol))).to.equal('404 NOT_FOUND')
  })

  it('are refused what they cannot be asked', async () => {
    const { ApiToken = '' } = carol
    expect(codeOf(await connect({ ApiToken }))).to.equal('401 TOKEN_MISSING')
    expect(codeOf(await update({ ApiToken }))).to.equal('401 TOKEN_MISSING')
    const many = { pmsUsername: undefined }
    for (const json of [many, { groupId: 0 }, { pmsPassword: '' }, { extra: 1 }, { pmsUsername: 7 }])
      expect(codeOf(await connect(carol, json)), JSON.stringify(json)).to.equal('400 INVALID_REQUEST')
    for (const json of [many, { groupId: 'x' }, { newPmsPassword: '' }, { extra: 1 }])
      expect(codeOf(await update(carol, json)), JSON.stringify(json)).to.equal('400 INVALID_REQUEST')
    expect(codeOf(await update(carol, { groupId: 99 }))).to.equal('404 UNKNOWN_GROUP')
  })
})
