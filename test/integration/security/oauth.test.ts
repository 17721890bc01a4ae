/** OAuth 2.0: RFC 6749 with PKCE (7636), revocation (7009), introspection (7662), metadata (8414). */
import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { demoAccountId } from '../../../server/demo/practice.ts'
import { basic, bearer, oauthCalls, redirectUri, type Form } from '../../support/oauth.ts'
import { borrowed, startServer, type TestServer } from '../../support/server.ts'

describe('OAuth 2.0', () => {
  let server: TestServer
  beforeEach(async () => {
    server = await startServer()
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const { post, clientToken, asked, consent, exchange, signIn, renew, diary } = oauthCalls(() => server)

  it('describes itself', async () => {
    const { status, body } = await server.request('/.well-known/oauth-authorization-server')
    expect(status).to.equal(200)
    expect(body).to.include({ issuer: server.url, token_endpoint: `${server.url}/oauth/token` })
    expect(body['code_challenge_methods_supported']).to.deep.equal(['S256'])
    expect(body['scopes_supported']).to.include.members(['mobile.read', 'mobile.write', 'bookings.write'])
  })

  it('gives a client a token for itself, within the scopes it asks for', async () => {
    const { status, body, headers, text } = await clientToken('bookings.read')
    expect(status, text).to.equal(200)
    expect(headers.get('cache-control')).to.equal('no-store')
    expect(body).to.include({ token_type: 'Bearer', scope: 'bookings.read', expires_in: 3600 })
    expect(body).not.to.have.property('refresh_token')
    const token = bearer(body['access_token'])
    const found = await server.request('/v2/managedBookings/searchClients?groupId=1&surname=marsh', {
      headers: token,
    })
    expect(found.status, found.text).to.equal(200)
    const groups = await server.request('/v2/global/groups', { headers: token })
    expect([groups.status, groups.body['code']]).to.deep.equal([403, 'INSUFFICIENT_SCOPE'])
    expect(groups.headers.get('www-authenticate')).to.include('scope="global.read"')
    expect((await diary(body['access_token'])).body['code'], 'no user').to.equal('TOKEN_MISSING')
  })

  it('refuses clients that it does not know, in OAuth’s words', async () => {
    const form = { grant_type: 'client_credentials' }
    const wrong = await post('token', { ...form, client_id: demoAccountId, client_secret: 'wrong' })
    expect(wrong.body['error']).to.equal('invalid_client')
    expect(wrong.status).to.be.oneOf([400, 401])
    const app = await post('token', { ...form, client_id: demoAccountId, client_secret: 'demo-app-key' })
    expect(app.body['error'], 'an app key is no secret').to.equal('unauthorized_client')
    const none = await post('token', form)
    expect(none.body['error']).to.equal('invalid_client')
    const scope = await clientToken('mobile.everything')
    expect([scope.status, scope.body['error']]).to.deep.equal([400, 'invalid_scope'])
    const password = await post(
      'token',
      { grant_type: 'password', username: 'a', password: 'b' },
      { Authorization: basic },
    )
    expect(password.body['error']).to.be.oneOf(['unsupported_grant_type', 'unauthorized_client'])
    const json = await server.request('/oauth/token', { json: form, headers: { Authorization: basic } })
    expect([json.status, json.body['error']]).to.deep.equal([400, 'invalid_request'])
    const twice = await post(
      'token',
      [
        ['grant_type', 'client_credentials'],
        ['scope', 'a'],
        ['scope', 'b'],
      ],
      {
        Authorization: basic,
      },
    )
    expect([twice.status, twice.body['error']]).to.deep.equal([400, 'invalid_request'])
  })

  it('takes a user through consent to a token for both, with PKCE', async () => {
    const { form } = asked({ scope: 'mobile.read' })
    const page = await server.request(`/oauth/authorize?${new URLSearchParams(form)}`)
    expect(page.status).to.equal(200)
    expect(page.text).to.include('See the diary').and.to.include('name="password"')
    expect(page.headers.get('content-security-policy')).to.include("frame-ancestors 'none'")
    const { body } = await signIn({ scope: 'mobile.read' })
    expect(body['scope']).to.equal('mobile.read')
    expect((await diary(body['access_token'])).status).to.equal(200)
    const upload = await server.request('/v2/mobile/uploadAnimalItems', {
      headers: bearer(body['access_token']),
      json: { deviceId: 'd', batchId: '1', sentAt: new Date(server.clock.now).toISOString(), items: [] },
    })
    expect(upload.body['code']).to.equal('INSUFFICIENT_SCOPE')
    const account = await server.request('/v2/authentication/logout', {
      method: 'POST',
      headers: bearer(body['access_token']),
    })
    expect(account.body['code']).to.equal('INSUFFICIENT_SCOPE')
  })

  it('never sends a user where the client has not said', async () => {
    for (const uri of [
      'https://evil.example/callback',
      'http://127.0.0.1.evil.example/callback',
      'javascript:alert(1)',
      'http://127.0.0.1/callback/../x',
      'http://127.0.0.1:80@evil.example/callback',
      'http://127.0.0.1/callback#x',
    ]) {
      const { form } = asked({ redirect_uri: uri })
      const { status, headers } = await server.request(`/oauth/authorize?${new URLSearchParams(form)}`)
      expect([status, headers.get('location')], uri).to.deep.equal([400, null])
    }
    const { form } = asked({ client_id: '00000000-0000-4000-8000-00000000ffff' })
    expect((await server.request(`/oauth/authorize?${new URLSearchParams(form)}`)).status).to.equal(400)
  })

  it('tells the client of what it asks wrongly, and of a user who does not consent', async () => {
    for (const [wrong, error] of [
      [{ code_challenge: '' }, 'invalid_request'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ scope: 'authentication.write' }, 'invalid_scope'],
      [{ decision: 'deny' }, 'access_denied'],
    ] as [Form, string][]) {
      const to = await consent(asked(wrong).form)
      expect(to.origin + to.pathname).to.equal(redirectUri)
      expect([to.searchParams.get('error'), to.searchParams.get('state')]).to.deep.equal([error, 'xyz'])
    }
  })

  it('shows a wrong password on the page again, with nothing of it in the page', async () => {
    const { form } = asked()
    const { status, text } = await post('authorize', {
      ...form,
      username: 'amelia.vet',
      password: 'Wr0ng-"<b>',
      decision: 'allow',
    })
    expect(status).to.equal(401)
    expect(text).to.include('role="alert"').and.not.include('Wr0ng')
    const hostile = await server.request(
      `/oauth/authorize?${new URLSearchParams(asked({ state: '"><script>' }).form)}`,
    )
    expect(hostile.text).not.to.include('<script>')
  })

  it('takes a code once, of this client, with its verifier and its address', async () => {
    const { form, verifier } = asked()
    const fresh = async (): Promise<string | null> => (await consent(form)).searchParams.get('code')
    for (const [what, attempt] of [
      ['another verifier', async () => exchange(await fresh(), randomBytes(32).toString('base64url'))],
      ['no verifier', async () => exchange(await fresh(), '')],
      [
        'another address',
        async () => exchange(await fresh(), verifier, { redirect_uri: 'http://127.0.0.1/callback' }),
      ],
    ] as const) {
      const { status, body } = await attempt()
      expect(status, what).to.be.oneOf([400, 401])
      expect(body['error'], what).to.be.oneOf(['invalid_grant', 'invalid_request', 'invalid_client'])
    }
    const late = await fresh()
    server.clock.now += 6 * 60_000
    expect((await exchange(late, verifier)).body['error']).to.equal('invalid_grant')
  })

  it('ends what a code was exchanged for when the code comes again', async () => {
    const { body, code, verifier } = await signIn()
    expect((await diary(body['access_token'])).status).to.equal(200)
    const again = await exchange(code, verifier)
    expect([again.status, again.body['error']]).to.deep.equal([400, 'invalid_grant'])
    expect((await diary(body['access_token'])).status).to.equal(401)
    expect((await renew(body['refresh_token'])).body['error']).to.equal('invalid_grant')
  })

  it('rotates refresh tokens: the one before is good until the new one is used, and ends the family after', async () => {
    const { body } = await signIn({ scope: 'mobile.read' })
    const first = body['refresh_token']
    const second = await renew(first)
    expect(second.status, second.text).to.equal(200)
    expect(second.body['scope']).to.equal('mobile.read')
    const lost = await renew(first)
    expect(lost.status, 'the answer was lost').to.equal(200)
    const third = await renew(lost.body['refresh_token'])
    expect(third.status).to.equal(200)
    expect((await diary(third.body['access_token'])).status).to.equal(200)
    expect((await renew(first)).body['error'], 'copied').to.equal('invalid_grant')
    expect((await renew(third.body['refresh_token'])).body['error']).to.equal('invalid_grant')
    expect((await diary(third.body['access_token'])).status).to.equal(401)
  })

  it('widens nothing at a renewal, and opens no other door with it', async () => {
    const { body } = await signIn({ scope: 'mobile.read' })
    const wider = await renew(body['refresh_token'], { scope: 'mobile.read mobile.write' })
    expect([wider.status, wider.body['error']]).to.deep.equal([400, 'invalid_scope'])
    const { status } = await server.refresh(String(body['refresh_token']))
    expect(status, 'refreshUserToken').to.equal(401)
    const asUser = { ApiToken: await server.login(), ApiUserToken: String(body['access_token']) }
    expect(await server.probe(asUser)).to.equal('TOKEN_INVALID')
    expect(await server.probe({ ...asUser, ApiToken: String(body['access_token']) })).to.equal(
      'TOKEN_INVALID',
    )
    const { headers } = await server.signIn('amelia.vet')
    expect((await diary(headers.ApiUserToken)).status, 'a user token is no access token').to.equal(401)
  })

  it('tells a client of its own tokens, and ends them', async () => {
    const { body } = await signIn({ scope: 'mobile.read' })
    const introspect = async (token: unknown, headers: Form = { Authorization: basic }) =>
      (await post('introspect', { token: String(token) }, headers)).body
    expect(await introspect(body['access_token'])).to.include({
      active: true,
      iss: server.url,
      scope: 'mobile.read',
      username: 'amelia.vet',
    })
    expect(await introspect(body['refresh_token'])).to.include({ active: true })
    expect(await introspect('nonsense')).to.deep.equal({ active: false })
    expect((await post('introspect', { token: 'x' })).status).to.equal(401)
    expect(
      (await post('revoke', { token: String(body['access_token']) }, { Authorization: basic })).status,
    ).to.equal(200)
    expect(await introspect(body['access_token'])).to.deep.equal({ active: false })
    expect((await diary(body['access_token'])).status).to.equal(401)
    const renewed = await renew(body['refresh_token'])
    expect(renewed.status, 'the session stands').to.equal(200)
    await post('revoke', { token: String(renewed.body['refresh_token']), client_id: demoAccountId })
    expect((await diary(renewed.body['access_token'])).status).to.equal(401)
    expect((await post('revoke', { token: 'nonsense' }, { Authorization: basic })).status).to.equal(200)
  })

  it('holds on every server over one store, revocation included, and ends with the user', async () => {
    const store = borrowed(server.context.store)
    await using other = await startServer({
      ...{ clock: server.clock, openStore: () => Promise.resolve(store) },
      config: { signingKeys: [{ kid: 'demo', secret: 'x'.repeat(40) }] },
    })
    const { body } = await signIn()
    expect((await diary(body['access_token'], other)).status, 'another secret').to.equal(401)
    const db = await server.context.store.database('accounts')
    const user = await db.get('user:amelia.vet')
    if (!user) throw new Error('no such user')
    await db.write([{ ...user, siteIds: [2] }])
    server.clock.now += 46_000
    expect((await diary(body['access_token'])).body['code']).to.equal('UNKNOWN_SITE')
    const now = await db.get('user:amelia.vet')
    await db.write([{ ...now, _id: 'user:amelia.vet', disabled: true }])
    server.clock.now += 46_000
    expect((await diary(body['access_token'])).status).to.equal(401)
    expect((await renew(body['refresh_token'])).body['error']).to.equal('invalid_grant')
  })

  it('replicates within its scopes', async () => {
    const reading = await signIn({ scope: 'mobile.read' })
    const headers = bearer(reading.body['access_token'])
    expect((await server.request('/sync/group-1/_changes?limit=1', { headers })).status).to.equal(200)
    const write = await server.request('/sync/group-1/_bulk_docs', { headers, json: { docs: [] } })
    expect(write.status).to.equal(403)
    const other = await signIn({ scope: 'clientLink.read' })
    const denied = await server.request('/sync/group-1', { headers: bearer(other.body['access_token']) })
    expect(denied.status).to.equal(403)
  })
})
