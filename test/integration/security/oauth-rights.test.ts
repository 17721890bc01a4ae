/** What an application may do in the name of a user: never more than the user, whatever its own key opens. */
import { expect } from 'chai'
import { householdId } from '../../../server/demo/households.ts'
import { demoAccountId } from '../../../server/demo/practice.ts'
import { codeOf, globalCaller, password, type GlobalCaller } from '../../support/global-caller.ts'
import { basic, bearer, oauthCalls, redirectUri, type Form } from '../../support/oauth.ts'
import { startServer, type Answer, type TestServer } from '../../support/server.ts'

describe('an application that acts for a user', () => {
  let server: TestServer
  let newAccount: GlobalCaller['newAccount']
  before(async () => {
    server = await startServer()
    ;({ newAccount } = await globalCaller(server))
  })
  after(() => server[Symbol.asyncDispose]())
  const { asked, consent, post, clientToken } = oauthCalls(() => server)

  /** What a code is exchanged for by a client that shows its server key. */
  const exchanged = async (who: Form): Promise<Answer['body']> => {
    const { verifier, form } = asked(who)
    const code = (await consent(form)).searchParams.get('code') ?? ''
    const grant = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
    }
    const { body, text } = await post('token', grant, { Authorization: basic })
    expect(body['access_token'], text).to.be.a('string')
    return body
  }
  const tokenFor = async (who: Form): Promise<Form> => bearer((await exchanged(who))['access_token'])

  it('opens no client’s records to a customer who names them', async () => {
    const { globalAccountId, email } = await newAccount()
    const headers = await tokenFor({ username: email, password })
    const json = { globalAccountId, groupId: 1, clientId: householdId(1, 3) }
    const linked = await server.request('/v2/global/connectNewUserToGroup', { json, headers })
    expect(codeOf(linked)).to.equal('403 SERVER_KEY_REQUIRED')
    const animals = await server.request('/v2/clientLink/myAnimals', { headers })
    expect(animals.body['items']).to.deep.equal([])
  })

  it('links a customer for staff of the group alone', async () => {
    const { globalAccountId } = await newAccount()
    const headers = await tokenFor({ username: 'rita.reception' })
    const link = (groupId: number): Promise<Answer> =>
      server.request('/v2/global/connectNewUserToGroup', {
        json: { globalAccountId, groupId, clientId: householdId(groupId, 3) },
        headers,
      })
    expect(codeOf(await link(2))).to.equal('404 UNKNOWN_GROUP')
    expect((await link(1)).status).to.equal(201)
  })

  it('shows the health of no group to a user, and of the key’s groups to the client itself', async () => {
    for (const username of ['amelia.vet', 'gita.groupadmin', 'carol@example.com']) {
      const headers = await tokenFor({ username })
      for (const path of ['/v2/groups/2/health', '/v2/groups/health', '/v2/groups/healthReport'])
        expect(codeOf(await server.request(path, { headers })), `${username} ${path}`).to.equal(
          '403 SERVER_KEY_REQUIRED',
        )
    }
    const { body } = await clientToken('system.read')
    const own = await server.request('/v2/groups/2/health', { headers: bearer(body['access_token']) })
    expect(own.status, own.text).to.equal(200)
  })

  it('goes over to the key that replaces its own, and on with it when the old one has ended', async () => {
    let body = await exchanged({ username: 'amelia.vet' })
    const { admin } = server.context.accounts
    const next = await admin.rotateKey(demoAccountId, 'demo-server', 3_600_000)
    const secret = { Authorization: `Basic ${btoa(`${demoAccountId}:${next.apiKey}`)}` }
    const refresh = async (): Promise<void> => {
      const grant = { grant_type: 'refresh_token', refresh_token: String(body['refresh_token']) }
      const answer = await post('token', grant, secret)
      expect(answer.status, answer.text).to.equal(200)
      ;({ body } = answer)
    }
    await refresh()
    server.clock.now += 2 * 3_600_000
    await refresh()
    const groups = await server.request('/v2/global/groups', { headers: bearer(body['access_token']) })
    expect(groups.status, groups.text).to.equal(200)
  })
})
