/** The Global service: accounts of customers, groups and their sites. */
import { expect } from 'chai'
import { hashApiKey } from '../../server/auth/api-key-hash.ts'
import { demoAccountId } from '../../server/demo/practice.ts'
import {
  codeOf,
  forgetAnswers,
  globalCaller,
  password,
  person,
  type GlobalCaller,
  type Json,
} from '../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

const pathsOf = ({ body }: Answer) => (body['errors'] as { path: string }[]).map(({ path }) => path)

describe('The Global service', () => {
  let server: TestServer
  let { app, key, post, get, newAccount, connections } = {} as GlobalCaller
  before(async () => {
    server = await startServer()
    ;({ app, key, post, get, newAccount, connections } = await globalCaller(server))
  })
  after(() => server[Symbol.asyncDispose]())

  describe('captureUserInfo', () => {
    it('makes an account that signs in as a customer of no group', async () => {
      const { globalAccountId, email } = await newAccount()
      const { status, body } = await server.verify(email.toUpperCase(), password)
      expect(status).to.equal(200)
      expect(body['user']).to.deep.include({
        ...{ userId: globalAccountId, username: email, displayName: 'Dorothy Hale' },
        ...{ roles: ['customer'], groupId: null, siteIds: [], practitionerId: null },
      })
    })

    it('says of every field at once what is wrong with it', async () => {
      const answer = await post('captureUserInfo', { email: 'x', password: 'short', fax: '1' }, app)
      expect(codeOf(answer)).to.equal('422 FIELDS_INVALID')
      expect(new Set(pathsOf(answer))).to.deep.equal(
        new Set(['email', 'firstName', 'lastName', 'mobile', 'acceptTerms', 'fax', 'password']),
      )
      const messages = answer.body['errors'] as Json[]
      expect(messages.find(({ path }) => path === 'mobile')?.['message']).to.equal('is required')
      expect(codeOf(await post('captureUserInfo', [], app))).to.equal('400 INVALID_REQUEST')
    })

    it('refuses a password that holds the name, and terms that are not accepted', async () => {
      const named = { ...person('amy@example.com'), password: 'Dorothy-Hale-2026' }
      expect(pathsOf(await post('captureUserInfo', named, app))).to.deep.equal(['password'])
      const declined = { ...person('amy@example.com'), acceptTerms: false }
      expect(pathsOf(await post('captureUserInfo', declined, app))).to.deep.equal(['acceptTerms'])
    })

    it('says how long a password may be', async () => {
      const answer = await post(
        'captureUserInfo',
        { ...person('amy@example.com'), password: 'Aa1-'.repeat(300) },
        app,
      )
      expect(answer.body['errors']).to.deep.include({
        ...{ path: 'password', message: 'must have at most 1000 characters' },
      })
    })

    it('refuses an address that has an account, however it is written, also of two at once', async () => {
      const { email } = await newAccount()
      const again = await post('captureUserInfo', person(email.toUpperCase()), app)
      expect(codeOf(again)).to.equal('409 EMAIL_TAKEN')
      const both = await Promise.all(
        [1, 2].map(() => post('captureUserInfo', person('twins@example.com'), app)),
      )
      expect(both.map(({ status }) => status).sort()).to.deep.equal([201, 409])
    })

    it('makes one account of a request that is repeated under its key, also when the answer was not kept', async () => {
      const headers = { ...app, 'Idempotency-Key': 'capture-1' }
      const first = await post('captureUserInfo', person('once@example.com'), headers)
      const again = await post('captureUserInfo', person('once@example.com'), headers)
      expect([again.status, again.body]).to.deep.equal([201, first.body])
      await forgetAnswers(server)
      const after = await post('captureUserInfo', person('once@example.com'), headers)
      expect([after.status, after.body]).to.deep.equal([201, first.body])
    })
  })

  describe('groups and sites', () => {
    it('are told to any key that may see them', async () => {
      expect((await get('groups', app)).body['groups']).to.deep.equal([
        { groupId: 1, name: 'Hillside Vets' },
        { groupId: 2, name: 'Seaview Vets' },
      ])
      const sites = (await get('groups/1/sites', app)).body['sites'] as Json[]
      expect(sites.map(({ siteId, name }) => [siteId, name])).to.deep.equal([
        [1, 'Hillside Surgery'],
        [2, 'Millbrook Branch'],
      ])
      expect(sites[0]).to.have.all.keys('siteId', 'name', 'timeZone', 'openingHours')
      expect(codeOf(await get('groups/9/sites', app))).to.equal('404 UNKNOWN_GROUP')
      expect(codeOf(await get('groups/x/sites', app))).to.equal('400 INVALID_REQUEST')
    })
  })

  it('keeps groups from keys that may not see them', async () => {
    const { globalAccountId, email } = await newAccount()
    await post('connectNewUserToGroup', { globalAccountId, groupId: 1 }, key)
    const hash = hashApiKey('seaview-key')
    const account = await (await server.context.store.database('accounts')).get(`account:${demoAccountId}`)
    const seaview = { keyId: 'seaview', kind: 'server' as const, hash, groupIds: [2], expiresAt: null }
    const keys = account?.['keys'] as (typeof seaview)[]
    await server.context.accounts.setKeys(demoAccountId, [...keys, seaview])
    const { headers } = await server.signIn(email, { apiKey: 'seaview-key', password })
    expect((await get('groups', headers)).body['groups']).to.have.length(1)
    expect(await connections(headers)).to.deep.equal([])
    expect(codeOf(await get('groups/1/sites', headers))).to.equal('404 UNKNOWN_GROUP')
    expect(codeOf(await post('connectToSite', { groupId: 1, siteId: 1 }, headers))).to.equal(
      '404 UNKNOWN_GROUP',
    )
    expect(codeOf(await post('disconnectFromGroup', { groupId: 1 }, headers))).to.equal('404 NOT_FOUND')
  })
})
