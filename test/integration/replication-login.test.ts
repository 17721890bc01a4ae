import { expect } from 'chai'
import { demoPassword } from '../../server/demo/practice.ts'
import { basic, openSyncPractice, type SyncPractice } from '../support/sync-practice.ts'

describe('Signing in to replicate', () => {
  let practice: SyncPractice
  before(async () => {
    practice = await openSyncPractice()
  })
  after(async () => await practice[Symbol.asyncDispose]())

  const status = async (headers: Record<string, string>, group = 'group-1'): Promise<number> =>
    (await practice.ask(group, { as: null, headers })).status

  it('is by user token in either header, or by name and password', async () => {
    const { headers } = await practice.server.signIn('amelia.vet')
    const { ApiUserToken } = headers
    expect(await status({ ApiUserToken })).to.equal(200)
    expect(await status({ Authorization: `Bearer ${ApiUserToken}` })).to.equal(200)
    expect(await status({ Authorization: basic('Amelia.Vet') })).to.equal(200)
    expect(await status({ ApiUserToken }, 'group-1/animals')).to.equal(200)
  })

  it('refuses whoever is nobody, and tells nobody why', async () => {
    const { headers } = await practice.server.signIn('amelia.vet')
    const refused = [
      {},
      { ApiToken: headers.ApiToken },
      { ApiUserToken: headers.ApiToken },
      { Authorization: 'Bearer x' },
      { Authorization: 'Basic' },
      { Authorization: 'Basic %%%' },
      { Authorization: basic('amelia.vet', 'wrong') },
      { Authorization: basic('no.body', demoPassword) },
      { Authorization: `Digest ${headers.ApiUserToken}` },
    ]
    for (const some of refused) expect(await status(some), JSON.stringify(some)).to.equal(401)
    const { body, headers: answered } = await practice.ask('group-1', { as: null })
    expect(body).to.include({ error: 'unauthorized' })
    expect(answered.get('www-authenticate'), 'a browser must not learn a password').to.equal(null)
  })

  it('refuses roles that the Mobile calls refuse', async () => {
    for (const name of ['gita.groupadmin', 'carol@example.com'])
      expect(await status({ Authorization: basic(name) }), name).to.equal(403)
    expect(await status({ Authorization: basic('nina.nurse') })).to.equal(200)
  })

  it('ends with the session', async () => {
    const { headers } = await practice.server.signIn('nina.nurse')
    await practice.server.request('/v2/authentication/logout', { method: 'POST', headers })
    expect(await status({ ApiUserToken: headers.ApiUserToken })).to.equal(401)
  })

  it('remembers a verified login, and forgets it with the password', async () => {
    const headers = { Authorization: basic('rita.reception') }
    const { signIn } = practice.server.context.accounts
    const verify = signIn.verify.bind(signIn)
    let verified = 0
    signIn.verify = (request) => {
      verified += 1
      return verify(request)
    }
    await Promise.all([status(headers), status(headers), status(headers)])
    await status(headers)
    expect(verified).to.equal(1)
    practice.server.clock.now += 61_000
    expect(await status(headers)).to.equal(200)
    expect(verified, 'after a minute').to.equal(2)
    const rita = await practice.server.signIn('rita.reception')
    await practice.server.request('/v2/authentication/changePassword', {
      json: { oldPassword: demoPassword, newPassword: 'Another-Password-7' },
      headers: rita.headers,
    })
    expect(await status(headers)).to.equal(401)
    expect(await status({ Authorization: basic('rita.reception', 'Another-Password-7') })).to.equal(200)
  })

  it('counts failures in the lock of the API', async () => {
    for (let n = 0; n < 10; n += 1) await status({ Authorization: basic('ben.vet', `wrong ${n}`) })
    const locked = await practice.ask('group-1', { as: null, headers: { Authorization: basic('ben.vet') } })
    expect(locked.status).to.equal(423)
    expect(Number(locked.headers.get('retry-after'))).to.be.greaterThan(0)
    expect((await practice.server.verify('ben.vet', demoPassword)).status).to.equal(423)
  })
})
