/** Sessions: renewed, ended, and what a new password does to them. */
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { SessionDoc } from '../../server/auth/account-docs.ts'
import { demoPassword } from '../../server/demo/practice.ts'
import { seedAccounts } from '../../server/demo/seed.ts'
import { syncEvents } from '../../server/contract/mobile-sync.ts'
import type { AnyHandler } from '../../server/http/dispatch.ts'
import { syncEventsEvery } from '../../server/services/mobile/sync-events.ts'
import { startServer, type TestServer } from '../support/server.ts'

const hour = 3_600_000
/** The event stream with a heartbeat that a test can wait for. */
const events = {
  name: 'events',
  spec: { ...syncEvents, path: '/events' },
  handler: syncEventsEvery(20) as unknown as AnyHandler,
}

describe('sessions', () => {
  let server: TestServer
  beforeEach(async () => {
    server = await startServer({ seed: seedAccounts, calls: [events] })
  })
  afterEach(() => server[Symbol.asyncDispose]())

  describe('the event stream', () => {
    const endings: [string, (headers: Record<string, string>) => Promise<unknown>][] = [
      ['the user logs out', (headers) => server.request('/v2/authentication/logout', { json: {}, headers })],
      ['the token expires', async () => (server.clock.now += 2 * hour)],
      [
        'another device changes the password',
        async () => {
          const { headers } = await server.signIn('amelia.vet')
          const json = { oldPassword: demoPassword, newPassword: 'Correct-Horse-47' }
          return await server.request('/v2/authentication/changePassword', { json, headers })
        },
      ],
    ]
    for (const [what, happens] of endings)
      it(`goes on while the user is signed in, and ends soon after ${what}`, async () => {
        const { headers } = await server.signIn('amelia.vet')
        const signal = AbortSignal.timeout(10_000)
        const { body } = await fetch(`${server.url}/events?deviceId=d`, { headers, signal })
        let beats = 0
        for await (const chunk of body ?? []) {
          beats += Buffer.from(chunk as Uint8Array).toString() === ': \n\n' ? 1 : 0
          if (beats === 3) await happens(headers)
        }
        expect(beats).to.be.at.least(3).and.below(50)
      })
  })

  describe('refreshUserToken', () => {
    it('answers tokens that work, after the old ones have expired', async () => {
      const { headers, refreshToken } = await server.signIn('amelia.vet')
      server.clock.now += 3 * hour
      const { status, body } = await server.refresh(refreshToken)
      expect(status).to.equal(200)
      expect(await server.probe({ ...headers, ApiUserToken: String(body['userToken']) })).to.equal('good')
    })

    it('takes the previous token again until the new one is used: a lost answer signs nobody out', async () => {
      const { refreshToken } = await server.signIn('amelia.vet')
      const lost = await server.refresh(refreshToken)
      expect(lost.status).to.equal(200)
      const second = await server.refresh(refreshToken)
      expect(second.status).to.equal(200)
      expect((await server.refresh(String(second.body['refreshToken']))).status).to.equal(200)
    })

    it('ends the session when a token comes again after its successor was used', async () => {
      const { headers, refreshToken } = await server.signIn('amelia.vet')
      const second = await server.refresh(refreshToken)
      const third = await server.refresh(String(second.body['refreshToken']))
      expect((await server.refresh(refreshToken)).body['code']).to.equal('TOKEN_INVALID')
      expect((await server.refresh(String(third.body['refreshToken']))).body['code']).to.equal(
        'TOKEN_INVALID',
      )
      expect(await server.probe(headers)).to.equal('TOKEN_INVALID')
    })

    it('ends the session for a token of it that comes again, be it ever so old', async () => {
      const { headers, refreshToken } = await server.signIn('amelia.vet')
      let newest = refreshToken
      for (let times = 0; times < 60; times += 1)
        newest = String((await server.refresh(newest)).body['refreshToken'])
      expect((await server.refresh(refreshToken)).body['code']).to.equal('TOKEN_INVALID')
      expect((await server.refresh(newest)).body['code']).to.equal('TOKEN_INVALID')
      expect(await server.probe(headers)).to.equal('TOKEN_INVALID')
    })

    it('goes on with a session whose tokens bore no mark, and ends it for one of them that comes again', async () => {
      const { refreshToken } = await server.signIn('amelia.vet')
      const [sessionId = ''] = refreshToken.split('.')
      const db = await server.context.store.database('accounts')
      const { family, ...doc } = (await db.get(`session:${sessionId}`)) as SessionDoc
      const base = createHash('sha256').update('before').digest('base64url')
      await db.write([{ ...doc, base, spent: [] }])
      const second = await server.refresh(`${sessionId}.before`)
      expect(second.status, second.text).to.equal(200)
      const third = await server.refresh(String(second.body['refreshToken']))
      expect(third.status).to.equal(200)
      expect((await server.refresh(`${sessionId}.before`)).status).to.equal(401)
      expect((await server.refresh(String(third.body['refreshToken']))).status).to.equal(401)
    })

    it('ends no session for a made-up token', async () => {
      const { refreshToken } = await server.signIn('amelia.vet')
      const [sessionId, secret = ''] = refreshToken.split('.')
      for (const made of [
        'A'.repeat(43),
        'A'.repeat(86),
        `${secret.slice(0, 43)}${'A'.repeat(43)}`,
        `${secret}A`,
      ])
        expect((await server.refresh(`${sessionId}.${made}`)).body['code'], made).to.equal('TOKEN_INVALID')
      expect((await server.refresh('nonsense')).body['code']).to.equal('TOKEN_INVALID')
      expect((await server.refresh(refreshToken)).status).to.equal(200)
    })

    it('gives devices that refresh at once a token each', async () => {
      const { refreshToken } = await server.signIn('amelia.vet')
      const answers = await Promise.all([
        server.refresh(refreshToken),
        server.refresh(refreshToken),
        server.refresh(refreshToken),
      ])
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200])
    })

    it('takes a token for thirty days after its last use', async () => {
      const { refreshToken } = await server.signIn('amelia.vet')
      server.clock.now += 29 * 24 * hour
      const again = await server.refresh(refreshToken)
      expect(again.status).to.equal(200)
      server.clock.now += 31 * 24 * hour
      expect((await server.refresh(String(again.body['refreshToken']))).body['code']).to.equal(
        'TOKEN_EXPIRED',
      )
    })
  })

  describe('changePassword', () => {
    const change = async (headers: Record<string, string>, oldPassword: string, newPassword: string) =>
      await server.request('/v2/authentication/changePassword', {
        json: { oldPassword, newPassword },
        headers,
      })
    const better = 'Correct-Horse-47'

    it('ends every other session of the user, and not the one of the call', async () => {
      const here = await server.signIn('amelia.vet')
      const there = await server.signIn('amelia.vet')
      expect((await change(here.headers, demoPassword, better)).status).to.equal(204)
      expect(await server.probe(here.headers)).to.equal('good')
      expect(await server.probe(there.headers)).to.equal('TOKEN_INVALID')
      expect((await server.refresh(there.refreshToken)).body['code']).to.equal('TOKEN_INVALID')
      expect((await server.refresh(here.refreshToken)).status).to.equal(200)
      expect((await server.verify('amelia.vet', demoPassword)).status).to.equal(401)
      expect((await server.verify('amelia.vet', better)).status).to.equal(200)
    })

    it('names each rule that the new password breaks', async () => {
      const { headers } = await server.signIn('amelia.vet')
      const { status, body } = await change(headers, demoPassword, 'amelia.vet')
      expect(status).to.equal(422)
      expect(body['code']).to.equal('PASSWORD_RULES')
      expect((body['errors'] as { path: string }[]).map(({ path }) => path)).to.deep.equal(
        Array(3).fill('newPassword'),
      )
    })

    it('refuses the last five passwords, and takes the one before them', async () => {
      const { headers } = await server.signIn('amelia.vet')
      const passwords = [demoPassword, ...[1, 2, 3, 4].map((n) => `${better}${n}`)]
      for (let i = 1; i < passwords.length; i += 1)
        expect((await change(headers, passwords[i - 1] ?? '', passwords[i] ?? '')).status).to.equal(204)
      const last = passwords[4] ?? ''
      for (const old of passwords) expect((await change(headers, last, old)).status, old).to.equal(422)
      expect((await change(headers, last, `${better}5`)).status).to.equal(204)
      expect((await change(headers, `${better}5`, demoPassword)).status).to.equal(204)
    })

    it('counts a wrong old password as a failed sign-in', async () => {
      const { headers } = await server.signIn('amelia.vet')
      for (let i = 0; i < 10; i += 1)
        expect((await change(headers, 'wrong', better)).body['code']).to.equal('INVALID_CREDENTIALS')
      expect((await change(headers, demoPassword, better)).status).to.equal(423)
    })
  })

  it('logout ends the session at once', async () => {
    const { headers, refreshToken } = await server.signIn('amelia.vet')
    expect((await server.request('/v2/authentication/logout', { method: 'POST', headers })).status).to.equal(
      204,
    )
    expect(await server.probe(headers)).to.equal('TOKEN_INVALID')
    expect((await server.refresh(refreshToken)).body['code']).to.equal('TOKEN_INVALID')
  })
})
