/** Signing in: keys, users, and what happens to those who guess. */
import { expect } from 'chai'
import { hashApiKey } from '../../server/auth/api-key-hash.ts'
import { demoAccountId, demoPassword } from '../../server/demo/practice.ts'
import { seedAccounts } from '../../server/demo/seed.ts'
import { startServer, type TestServer } from '../support/server.ts'

const minute = 60_000
const hour = 3_600_000

describe('signing in', () => {
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

  describe('login', () => {
    it('answers a token and the groups that the key may see', async () => {
      const { status, body } = await server.request('/v2/authentication/login', {
        json: { accountId: demoAccountId, apiKey: 'demo-app-key' },
      })
      expect(status).to.equal(200)
      expect(body['groups']).to.deep.equal([
        { groupId: 1, name: 'Hillside Vets' },
        { groupId: 2, name: 'Seaview Vets' },
      ])
      expect(Date.parse(String(body['expiresAt'])) - server.clock.now).to.be.within(23 * hour, 24 * hour)
    })

    it('answers a wrong key and an unknown account alike', async () => {
      const json = { accountId: demoAccountId, apiKey: 'not-a-key' }
      const wrongKey = await server.request('/v2/authentication/login', { json })
      const accountId = '00000000-0000-4000-8000-00000000dead'
      const noAccount = await server.request('/v2/authentication/login', { json: { ...json, accountId } })
      for (const answer of [wrongKey, noAccount]) {
        expect(answer.status).to.equal(401)
        expect({ ...answer.body, requestId: '' }).to.deep.equal({ ...wrongKey.body, requestId: '' })
      }
    })

    it('refuses a key that has been taken away, and the tokens made with it, at once', async () => {
      const { headers } = await server.signIn('amelia.vet')
      expect(await server.probe(headers)).to.equal('good')
      await server.context.accounts.setKeys(demoAccountId, [])
      expect(await server.probe(headers)).to.equal('TOKEN_INVALID')
      const { body } = await server.request('/v2/authentication/login', {
        json: { accountId: demoAccountId, apiKey: 'demo-api-key' },
      })
      expect(body['code']).to.equal('INVALID_CREDENTIALS')
    })
  })

  describe('verifyUser', () => {
    it('answers the user with tokens, whatever the case of the name', async () => {
      const { status, body } = await server.verify('Amelia.VET', demoPassword)
      expect(status).to.equal(200)
      expect(body['passwordExpired']).to.equal(false)
      expect(body['user']).to.include({ username: 'amelia.vet', groupId: 1, displayName: 'Amelia Hart' })
    })

    it('answers a wrong password and an unknown name alike', async () => {
      const wrong = await server.verify('amelia.vet', 'wrong')
      const unknown = await server.verify('nobody.here', 'wrong')
      expect(wrong.status).to.equal(401)
      expect({ ...unknown.body, requestId: '' }).to.deep.equal({ ...wrong.body, requestId: '' })
    })

    it('locks a name after ten failures, also for the right password, and longer each time', async () => {
      for (let i = 0; i < 10; i += 1) expect((await server.verify('ben.vet', 'wrong')).status).to.equal(401)
      const locked = await server.verify('ben.vet', demoPassword)
      expect(locked.status).to.equal(423)
      expect(locked.body['code']).to.equal('ACCOUNT_LOCKED')
      expect(Number(locked.headers.get('retry-after'))).to.be.within(1, 60)
      expect((await server.verify('amelia.vet', demoPassword)).status, 'others are not locked').to.equal(200)
      server.clock.now += minute + 1000
      expect((await server.verify('ben.vet', 'wrong')).status).to.equal(401)
      expect(Number((await server.verify('ben.vet', 'wrong')).headers.get('retry-after'))).to.be.within(
        61,
        120,
      )
      server.clock.now += 2 * minute + 1000
      expect((await server.verify('ben.vet', demoPassword)).status).to.equal(200)
    })

    it('locks an unknown name just the same', async () => {
      for (let i = 0; i < 10; i += 1) await server.verify('nobody.here', 'wrong')
      expect((await server.verify('nobody.here', 'wrong')).status).to.equal(423)
    })

    it('lets no more guesses through when they come at once', async () => {
      const ApiToken = await server.login()
      const answers = await Promise.all(
        Array.from({ length: 40 }, () =>
          server.request('/v2/authentication/verifyUser', {
            json: { username: 'ben.vet', password: 'wrong' },
            headers: { ApiToken },
          }),
        ),
      )
      expect(answers.filter(({ status }) => status === 401).length).to.be.within(10, 12)
    })

    it('knows no users of groups that the key may not see', async () => {
      await onlyKey([2])
      expect((await server.verify('sam.seaview', demoPassword)).status).to.equal(200)
      expect((await server.verify('amelia.vet', demoPassword)).body['code']).to.equal('INVALID_CREDENTIALS')
    })

    it('tells when the password has expired by the rule of the group', async () => {
      const db = await server.context.store.database('accounts')
      const group = await db.get('group:1')
      if (!group) throw new Error('no group')
      await db.write([{ ...group, passwordExpiryDays: 30 }])
      server.clock.now += 31 * 24 * hour
      expect((await server.verify('amelia.vet', demoPassword)).body['passwordExpired']).to.equal(true)
    })
  })
})
