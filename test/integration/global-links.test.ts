/** The Global service: the links of a customer to groups and sites. */
import { expect } from 'chai'
import { householdId } from '../../server/demo/households.ts'
import {
  codeOf,
  forgetAnswers,
  globalCaller,
  type GlobalCaller,
  type Headers,
  type Json,
} from '../support/global-caller.ts'
import { startServer, type TestServer } from '../support/server.ts'

describe('The links of a global account', () => {
  let server: TestServer
  let { app, key, post, get, newAccount, signedIn, connections } = {} as GlobalCaller
  before(async () => {
    server = await startServer()
    ;({ app, key, post, get, newAccount, signedIn, connections } = await globalCaller(server))
  })
  after(() => server[Symbol.asyncDispose]())

  describe('connectNewUserToGroup', () => {
    it('links an account to a group, once, and says to which it is linked', async () => {
      const { globalAccountId } = await newAccount()
      const json = { globalAccountId, groupId: 1, siteId: 2 }
      const { status, body } = await post('connectNewUserToGroup', json, app)
      expect(status).to.equal(201)
      const link = { globalAccountId, groupId: 1, groupName: 'Hillside Vets', siteIds: [2], clientId: null }
      expect(body).to.deep.include(link)
      const again = await post('connectNewUserToGroup', json, app)
      expect(codeOf(again)).to.equal('409 ALREADY_LINKED')
      expect(again.body).to.include({ groupId: 1, groupName: 'Hillside Vets' })
      expect(String(again.body['detail'])).to.contain('Hillside Vets')
      const other = await post('connectNewUserToGroup', { globalAccountId, groupId: 2 }, app)
      expect(other.status).to.equal(201)
    })

    it('says later who the customer is, in a link that says of no client yet', async () => {
      const { globalAccountId } = await newAccount()
      const link = { globalAccountId, groupId: 1, siteId: 2 }
      expect((await post('connectNewUserToGroup', link, app)).status).to.equal(201)
      const known = { globalAccountId, groupId: 1, siteId: 1, clientId: householdId(1, 1) }
      const { status, text, body } = await post('connectNewUserToGroup', known, key)
      expect(status, text).to.equal(201)
      expect(body).to.deep.include({ siteIds: [1, 2], clientId: householdId(1, 1) })
      const other = { ...known, clientId: householdId(1, 2) }
      expect(codeOf(await post('connectNewUserToGroup', other, key))).to.equal('409 ALREADY_LINKED')
    })

    it('makes one link of requests that come at once', async () => {
      const { globalAccountId } = await newAccount()
      const many = [1, 2, 3].map(() => post('connectNewUserToGroup', { globalAccountId, groupId: 1 }, app))
      expect((await Promise.all(many)).map(({ status }) => status).sort()).to.deep.equal([201, 409, 409])
    })

    it('answers a repetition under its key with the link, also when the answer was not kept', async () => {
      const { globalAccountId } = await newAccount()
      const headers = { ...app, 'Idempotency-Key': 'connect-1' }
      const first = await post('connectNewUserToGroup', { globalAccountId, groupId: 1 }, headers)
      await forgetAnswers(server)
      const again = await post('connectNewUserToGroup', { globalAccountId, groupId: 1 }, headers)
      expect([again.status, again.body]).to.deep.equal([201, first.body])
    })

    it('takes a clientId with a server key or from staff of the group, not with an app key', async () => {
      const json = { groupId: 1, clientId: householdId(1, 1) }
      const connectNew = async (headers: Headers, more: Json = {}): Promise<string> => {
        const { globalAccountId } = await newAccount()
        return codeOf(await post('connectNewUserToGroup', { ...json, globalAccountId, ...more }, headers))
      }
      const rita = (await server.signIn('rita.reception', { apiKey: 'demo-app-key' })).headers
      const sam = (await server.signIn('sam.seaview', { apiKey: 'demo-app-key' })).headers
      expect(await connectNew(app)).to.equal('403 SERVER_KEY_REQUIRED')
      expect(await connectNew(key)).to.equal('201 undefined')
      expect(await connectNew(rita)).to.equal('201 undefined')
      expect(await connectNew(sam)).to.equal('404 UNKNOWN_GROUP')
      expect(await connectNew(key, { clientId: householdId(2, 1) })).to.equal('422 UNKNOWN_REFERENCE')
    })

    it('lets a customer link nobody but themselves', async () => {
      const [mine, other] = [await newAccount(), await newAccount()]
      const headers = await signedIn(mine.email)
      const { globalAccountId } = other
      const answer = await post('connectNewUserToGroup', { globalAccountId, groupId: 1 }, headers)
      expect(codeOf(answer)).to.equal('404 NOT_FOUND')
      const own = { globalAccountId: mine.globalAccountId, groupId: 1 }
      expect((await post('connectNewUserToGroup', own, headers)).status).to.equal(201)
      const clientId = householdId(1, 1)
      expect(codeOf(await post('connectNewUserToGroup', { ...own, clientId }, headers))).to.equal(
        '403 SERVER_KEY_REQUIRED',
      )
    })

    it('knows no groups, sites and accounts that are not there', async () => {
      const { globalAccountId } = await newAccount()
      const connect = async (json: Json): Promise<string> =>
        codeOf(await post('connectNewUserToGroup', { globalAccountId, groupId: 1, ...json }, app))
      expect(await connect({ groupId: 9 })).to.equal('404 UNKNOWN_GROUP')
      expect(await connect({ siteId: 3 })).to.equal('404 UNKNOWN_SITE')
      const nobody = '00000000-0000-4000-8000-00000000ffff'
      expect(await connect({ globalAccountId: nobody })).to.equal('404 NOT_FOUND')
      const token = { ...app, ApiUserToken: 'nonsense' }
      const answer = await post('connectNewUserToGroup', { globalAccountId, groupId: 1 }, token)
      expect(codeOf(answer)).to.equal('401 TOKEN_INVALID')
    })
  })

  describe('a customer', () => {
    it('sees the links, adds sites and groups, and ends a link', async () => {
      const { email } = await newAccount()
      const headers = await signedIn(email)
      expect(await connections(headers)).to.deep.equal([])
      for (const siteId of [2, 1, 2])
        expect((await post('connectToSite', { groupId: 1, siteId }, headers)).status).to.equal(200)
      const joined = await post('connectToSite', { groupId: 2, siteId: 3 }, headers)
      expect(joined.body).to.deep.include({ groupName: 'Seaview Vets', siteIds: [3] })
      const links = await connections(headers)
      expect(links.map((link) => link['siteIds'])).to.deep.equal([[1, 2], [3]])
      expect((await post('disconnectFromGroup', { groupId: 1 }, headers)).status).to.equal(204)
      expect((await connections(headers)).map((link) => link['groupId'])).to.deep.equal([2])
      expect(codeOf(await post('disconnectFromGroup', { groupId: 1 }, headers))).to.equal('404 NOT_FOUND')
      expect(codeOf(await post('connectToSite', { groupId: 1, siteId: 3 }, headers))).to.equal(
        '404 UNKNOWN_SITE',
      )
    })

    it('ends a link once under a key, and never one made afterwards', async () => {
      const { email } = await newAccount()
      const headers = await signedIn(email)
      const keyed = { ...headers, 'Idempotency-Key': 'end-1' }
      await post('connectToSite', { groupId: 1, siteId: 1 }, headers)
      expect((await post('disconnectFromGroup', { groupId: 1 }, keyed)).status).to.equal(204)
      await post('connectToSite', { groupId: 1, siteId: 2 }, headers)
      await forgetAnswers(server)
      expect((await post('disconnectFromGroup', { groupId: 1 }, keyed)).status).to.equal(204)
      expect((await connections(headers)).map((link) => link['siteIds'])).to.deep.equal([[2]])
    })

    it('of the demo is linked to Hillside and to her own record there', async () => {
      const { headers } = await server.signIn('carol@example.com')
      const [link, ...others] = await connections(headers)
      expect(others).to.deep.equal([])
      expect(link).to.deep.include({ groupId: 1, siteIds: [1, 2], clientId: householdId(1, 0) })
    })

    it('is nobody else: staff have no connections, and a customer makes no vet’s call', async () => {
      const { headers } = await server.signIn('amelia.vet')
      expect(codeOf(await get('myConnections', headers))).to.equal('403 ROLE_NOT_ALLOWED')
      const { email } = await newAccount()
      expect(await server.probe(await signedIn(email))).to.equal('ROLE_NOT_ALLOWED')
    })
  })
})
