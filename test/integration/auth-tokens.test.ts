/** Tokens: good, expired, forged, of somebody else. */
import { expect } from 'chai'
import jwt from 'jsonwebtoken'
import { hashApiKey } from '../../server/auth/api-key-hash.ts'
import { demoAccountId, demoPassword } from '../../server/demo/practice.ts'
import { seedAccounts } from '../../server/demo/seed.ts'
import { missingClient, startServer, type TestServer } from '../support/server.ts'

const minute = 60_000
const hour = 3_600_000

describe('tokens and secrets', () => {
  let server: TestServer
  beforeEach(async () => {
    server = await startServer({ seed: seedAccounts })
  })
  afterEach(() => server[Symbol.asyncDispose]())

  /** From now on the demo's server key sees these groups only. */
  const onlyKey = async (groupIds: number[]): Promise<void> => {
    const key = {
      keyId: 'demo-server',
      kind: 'server',
      hash: hashApiKey('demo-api-key'),
      expiresAt: null,
    } as const
    await server.context.accounts.setKeys(demoAccountId, [{ ...key, groupIds }])
  }

  describe('tokens', () => {
    it('are asked for by name where they are missing', async () => {
      const none = await server.request(missingClient)
      expect(none.status).to.equal(401)
      expect(none.body['code']).to.equal('TOKEN_MISSING')
      expect(none.body['detail']).to.contain('ApiToken')
      const half = await server.request(missingClient, { headers: { ApiToken: await server.login() } })
      expect(half.body['detail']).to.contain('ApiUserToken')
    })

    it('expire: a user token after an hour, an ApiToken after a day', async () => {
      const { headers } = await server.signIn('amelia.vet')
      server.clock.now += 59 * minute
      expect(await server.probe(headers)).to.equal('good')
      server.clock.now += 2 * minute
      expect(await server.probe(headers)).to.equal('TOKEN_EXPIRED')
      server.clock.now += 24 * hour
      const { status, body } = await server.request('/v2/authentication/logout', { method: 'POST', headers })
      expect(status).to.equal(401)
      expect(body['detail']).to.contain('ApiToken')
    })

    it('are refused when forged: other secret, no algorithm, other kind, changed claims', async () => {
      const { headers } = await server.signIn('amelia.vet')
      const decoded = jwt.decode(headers.ApiUserToken, { complete: true })
      if (!decoded) throw new Error('not a token')
      const payload = decoded.payload as jwt.JwtPayload
      const otherSecret = jwt.sign(payload, 'x'.repeat(48), { algorithm: 'HS256', keyid: 'demo' })
      const unsigned = jwt.sign(payload, '', { algorithm: 'none', keyid: 'demo' })
      const [head, , signature] = headers.ApiUserToken.split('.')
      const changed = Buffer.from(JSON.stringify({ ...payload, usr: 'ben.vet' })).toString('base64url')
      const forged = [
        otherSecret,
        unsigned,
        `${head}.${changed}.${signature}`,
        headers.ApiToken,
        'nonsense',
        'a.b.c',
      ]
      for (const ApiUserToken of forged)
        expect(await server.probe({ ...headers, ApiUserToken }), ApiUserToken).to.equal('TOKEN_INVALID')
      expect(
        await server.probe({ ApiToken: headers.ApiUserToken, ApiUserToken: headers.ApiUserToken }),
      ).to.equal('TOKEN_INVALID')
      expect(await server.probe(headers)).to.equal('good')
    })

    it('of a user of another group than the key may see are refused', async () => {
      const { headers } = await server.signIn('amelia.vet')
      await onlyKey([2])
      expect(await server.probe({ ...headers, ApiToken: await server.login() })).to.equal('TOKEN_INVALID')
    })

    it('do for the roles of a call only', async () => {
      const { headers } = await server.signIn('carol@example.com')
      expect(await server.probe(headers)).to.equal('ROLE_NOT_ALLOWED')
    })

    it('say to whoever has another role whose call it is', async () => {
      const prescriptions = '/v2/clinicalPortal/prescriptions?siteId=1'
      const staffOnly = 'This is for people who work at the practice. Ask the practice.'
      const clinic = 'This is for vets, nurses and receptionists. Ask one of them.'
      for (const [name, path, detail] of [
        ['gita.groupadmin', prescriptions, clinic],
        ['carol@example.com', prescriptions, staffOnly],
        ['carol@example.com', '/v2/managedBookings/searchClients?surname=x', staffOnly],
        ['amelia.vet', '/v2/mobile/devices', 'This is for group administrators. Ask one of them.'],
        [
          'gita.groupadmin',
          '/v2/clientLink/myAnimals',
          'This is for customers, who sign in with an account of their own.',
        ],
      ] as const) {
        const { headers } = await server.signIn(name)
        const { body } = await server.request(path, { headers })
        expect(body, `${name} ${path}`).to.include({ code: 'ROLE_NOT_ALLOWED', detail })
      }
    })
  })

  it('writes no secret into the log', async () => {
    const { headers, refreshToken } = await server.signIn('amelia.vet')
    await server.verify('amelia.vet', 'a-wrong-password')
    await server.refresh(refreshToken)
    await server.request(`${missingClient}?name=Pengelly`, { headers })
    const log = server.logged.join('')
    expect(log).to.contain('/v2/mobile/clients/:clientId')
    const secrets = [demoPassword, 'a-wrong-password', 'demo-api-key', refreshToken, 'Pengelly', 'ffff']
    for (const secret of [...secrets, headers.ApiToken, headers.ApiUserToken])
      expect(log).not.to.contain(secret)
  })
})
