/** OAuth 2.0 where clients differ in what they send: RFC 6749 in its details, and RFC 8252 on addresses to return to. */
import { expect } from 'chai'
import { runCommand } from '../../../server/cli/run.ts'
import { readArguments } from '../../../server/cli/tools.ts'
import { demoAccountId, demoPassword } from '../../../server/demo/practice.ts'
import { basic, oauthCalls, redirectUri } from '../../support/oauth.ts'
import { startServer, type Answer, type TestServer } from '../../support/server.ts'

describe('OAuth 2.0 to the letter', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server[Symbol.asyncDispose]())

  const { post, asked, consent, exchange, signIn, renew, clientToken } = oauthCalls(() => server)
  const run = (...args: string[]): Promise<readonly string[]> =>
    runCommand(readArguments(args), server.context)
  const errorOf = ({ status, body }: Answer): [number, unknown] => [status, body['error']]

  it('takes a parameter without a value for one that was left out', async () => {
    const client = await clientToken('')
    expect(client.status, client.text).to.equal(200)
    const { body } = await signIn({ scope: 'mobile.read' })
    const renewed = await renew(body['refresh_token'], { scope: '' })
    expect([renewed.status, renewed.body['scope']]).to.deep.equal([200, 'mobile.read'])
    const back = await consent(asked({ state: '', scope: '' }).form)
    expect(back.searchParams.has('state')).to.equal(false)
  })

  it('refuses a client that says in two ways who it is', async () => {
    const form = { grant_type: 'client_credentials' }
    const secret = { client_id: demoAccountId, client_secret: 'demo-api-key' }
    for (const path of ['token', 'introspect', 'revoke'])
      for (const second of [secret, { client_id: '00000000-0000-4000-8000-00000000ffff' }]) {
        const answer = await post(path, { ...form, token: 'x', ...second }, { Authorization: basic })
        expect(errorOf(answer), path).to.deep.equal([400, 'invalid_request'])
      }
    const named = await post('token', { ...form, client_id: demoAccountId }, { Authorization: basic })
    expect(named.status, 'the same name twice').to.equal(200)
  })

  it('answers 401 where the header says nothing that it can read, and knows no other grants', async () => {
    for (const Authorization of ['Basic !!!', 'Basic YWJj', 'Basic ', 'Bearer x']) {
      const answer = await post('token', { grant_type: 'client_credentials' }, { Authorization })
      expect(errorOf(answer), Authorization).to.deep.equal([401, 'invalid_client'])
      expect(answer.headers.get('www-authenticate'), Authorization).to.match(/^Basic /)
    }
    for (const grant of ['password', 'foo']) {
      const form = { grant_type: grant, username: 'amelia.vet', password: demoPassword }
      const answer = await post('token', form, { Authorization: basic })
      expect(errorOf(answer), grant).to.deep.equal([400, 'unsupported_grant_type'])
    }
  })

  it('gives nothing for a code with another address than it was made for', async () => {
    const { form, verifier } = asked()
    const code = (await consent(form)).searchParams.get('code')
    const answer = await exchange(code, verifier, { redirect_uri: 'http://127.0.0.1:49153/callback' })
    expect(errorOf(answer)).to.deep.equal([400, 'invalid_grant'])
    expect(errorOf(await exchange(code, verifier)), 'it is spent').to.deep.equal([400, 'invalid_grant'])
  })

  it('asks users for a client that has a server key alone, which then shows it', async () => {
    const made = await run('accounts', 'create', '--name', 'Web', '--redirects', 'https://web.example/back')
    const account = made.join('').replace('account ', '')
    const key = ['keys', 'create', '--account', account, '--kind', 'server', '--groups', '1']
    const apiKey = (await run(...key))[1]?.replace('apiKey ', '') ?? ''
    const uri = 'https://web.example/back'
    const { verifier, form } = asked({ client_id: account, redirect_uri: uri })
    const page = await server.request(`/oauth/authorize?${new URLSearchParams(form)}`)
    expect(page.status, page.text).to.equal(200)
    const fresh = async (): Promise<string | null> => (await consent(form)).searchParams.get('code')
    const more = { client_id: account, redirect_uri: uri }
    const bare = await exchange(await fresh(), verifier, more)
    expect(bare.body['error'], 'without the key').to.equal('invalid_client')
    const answer = await exchange(await fresh(), verifier, { ...more, client_secret: apiKey })
    expect(answer.status, answer.text).to.equal(200)
    const sam = { ...form, username: 'sam.seaview', password: demoPassword, decision: 'allow' }
    expect((await post('authorize', sam)).status, 'a user of a group that the key does not see').to.equal(401)
  })

  it('takes from an operator only addresses that users can be sent back to safely', async () => {
    for (const bad of [
      ...['javascript:alert(1)', 'data:text/html,x', 'file:///etc/x', 'myapp://cb'],
      ...['https://a.example/cb#frag', 'http://a.example/cb', 'http://127.0.0.1.a.example/cb'],
    ]) {
      const error: unknown = await run('accounts', 'create', '--name', 'X', '--redirects', bad).catch(
        (refused: unknown) => refused,
      )
      expect(error, bad).to.be.instanceOf(Error).and.to.have.property('message').that.includes('--redirects')
    }
    const good = `https://a.example/cb,com.example.app:/cb,http://[::1]/cb,${redirectUri}`
    expect((await run('accounts', 'create', '--name', 'X', '--redirects', good))[0]).to.match(/^account /)
  })
})
