/** `npm run cli`: accounts, keys, groups and users, beside a running server and on the store itself. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { CliError } from '../../../server/cli/command.ts'
import { runCommand } from '../../../server/cli/run.ts'
import { readArguments, usage } from '../../../server/cli/tools.ts'
import { startServer, type Answer, type TestServer } from '../../support/server.ts'

const password = 'Three-Grey-Mares-9'

const inFolder = (dataDir: string, more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...{ DATA_DIR: dataDir, COUCHDB_URL: '', TOKEN_SECRET: '', ...more },
})

/** The command in a process of its own, as an operator runs it. */
const npmRunCli = async (dataDir: string, ...args: string[]): Promise<string> => {
  const command = ['--import', 'tsx', 'server/cli/cli.ts', ...args]
  return (await promisify(execFile)(process.execPath, command, { env: inFolder(dataDir) })).stdout
}

describe('npm run cli', () => {
  it('says that it needs the server’s secret for the audit record, and seals it with that', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-cli-'))
    const cli = (env: NodeJS.ProcessEnv, ...args: string[]) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', 'server/cli/cli.ts', ...args], { env })
    try {
      const bare = inFolder(dataDir)
      const known = inFolder(dataDir, { TOKEN_SECRET: 'hQ7dVw2LpZ9sKx4TmN8rBc5YfG3jXa6E' })
      const made = await cli(known, 'groups', 'create', '--group', '7', '--name', 'Moor Vets')
      expect(made.stderr).to.equal('')
      expect((await cli(known, 'audit', 'verify', '--group', '7')).stdout).to.match(/^intact: [1-9]/)
      const unknown = await cli(bare, 'audit', 'verify').catch((error: unknown) => error)
      expect(unknown).to.include({ code: 1 })
      expect(String(Reflect.get(unknown as object, 'stderr'))).to.match(/^TOKEN_SECRET is not set/)
      const unsealed = await cli(bare, 'groups', 'create', '--group', '8', '--name', 'Dale Vets')
      expect(unsealed.stderr).to.include('TOKEN_SECRET is not set').and.include('not sealed')
    } finally {
      await rm(dataDir, { recursive: true })
    }
  })

  it('ends quietly where nobody reads on', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-cli-'))
    try {
      const command = `${process.execPath} --import tsx server/cli/cli.ts help | head -1`
      const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command], { env: inFolder(dataDir) })
      expect(stdout).not.to.equal('')
      expect(stderr).to.equal('')
    } finally {
      await rm(dataDir, { recursive: true })
    }
  })

  it('makes a practice beside nobody, whose users then sign in outside the demo', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-cli-'))
    try {
      await npmRunCli(dataDir, 'groups', 'create', '--group', '7', '--name', 'Moor Vets')
      const secret = { signingKeys: [{ kid: 'real', secret: 's'.repeat(48) }], demo: false }
      await using server = await startServer({ dataDir, config: secret })
      const made = await npmRunCli(dataDir, 'accounts', 'create', '--name', 'Moor')
      const account = /account (\S+)/.exec(made)?.[1] ?? ''
      const run = (...args: string[]) => runCommand(readArguments(args), server.context)
      const [, line = ''] = await run(
        'keys',
        'create',
        '--account',
        account,
        '--kind',
        'server',
        '--groups',
        '7',
      )
      const apiKey = line.replace('apiKey ', '')
      const who = [
        '--username',
        'moira',
        '--name',
        'Moira Reed',
        '--roles',
        'vet',
        '--sites',
        '1',
        '--group',
        '7',
      ]
      await run('users', 'create', ...who, '--password', password)
      const login = await server.request('/v2/authentication/login', { json: { accountId: account, apiKey } })
      expect(login.status, login.text).to.equal(200)
      const headers = { ApiToken: String(login.body['token']) }
      const json = { username: 'moira', password }
      expect((await server.request('/v2/authentication/verifyUser', { json, headers })).status).to.equal(200)
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  describe('its commands', () => {
    let server: TestServer
    let account: string
    before(async () => {
      server = await startServer()
      account = (await run('accounts', 'create', '--name', 'Ours')).join('').replace('account ', '')
    })
    after(() => server[Symbol.asyncDispose]())

    const run = (...args: string[]): Promise<readonly string[]> =>
      runCommand(readArguments(args), server.context)
    const refusal = async (...args: string[]): Promise<string> => {
      try {
        return `not refused: ${(await run(...args)).join('\n')}`
      } catch (error) {
        expect(error).to.be.instanceOf(CliError)
        return (error as Error).message
      }
    }
    const key = async (...more: string[]): Promise<{ keyId: string; apiKey: string }> => {
      const lines = await run(
        'keys',
        'create',
        '--account',
        account,
        '--kind',
        'server',
        '--groups',
        '1',
        ...more,
      )
      return { keyId: lines[0]?.slice(4) ?? '', apiKey: lines[1]?.slice(7) ?? '' }
    }
    const login = (apiKey: string): Promise<Answer> =>
      server.request('/v2/authentication/login', { json: { accountId: account, apiKey } })

    it('limit a key to its scopes', async () => {
      const { apiKey } = await key('--scopes', 'bookings.read')
      const headers = { ApiToken: String((await login(apiKey)).body['token']) }
      const found = await server.request('/v2/managedBookings/searchClients?groupId=1&surname=marsh', {
        headers,
      })
      expect(found.status, found.text).to.equal(200)
      const groups = await server.request('/v2/global/groups', { headers })
      expect([groups.status, groups.body['code']]).to.deep.equal([403, 'INSUFFICIENT_SCOPE'])
    })

    it('tell of a key’s last use, its end, and never the key', async () => {
      const { keyId, apiKey } = await key('--expires', '2026-12-31', '--name', 'the web site')
      const line = async (): Promise<string> =>
        (await run('keys', 'list', '--account', account)).find((one) => one.startsWith(keyId)) ?? ''
      expect(await line())
        .to.include('used never')
        .and.include('until 2026-12-31')
        .and.include('the web site')
      await login(apiKey)
      expect(await line()).to.include(`used ${new Date(server.clock.now).toISOString().slice(0, 10)}`)
      expect(await line()).not.to.include(apiKey)
      const account_ = JSON.stringify(await server.context.accounts.client(account))
      expect(account_).not.to.include(apiKey)
    })

    it('take no day that does not exist for a key’s end', async () => {
      const create = ['keys', 'create', '--account', account, '--kind', 'server', '--groups', '1']
      for (const day of ['2027-02-30', '2027-2-3', '2027-02-28T25:00:00Z', 'soon'])
        expect(await refusal(...create, '--expires', day), day).to.include('--expires: must be a date')
      const { keyId } = await key('--expires', '2027-03-01T10:00:00+02:00')
      const listed = (await run('keys', 'list', '--account', account)).find((line) => line.startsWith(keyId))
      expect(listed).to.include('2027-03-01T08:00')
    })

    it('rotate a key with no overlap at all', async () => {
      const old = await key()
      await run('keys', 'rotate', '--account', account, '--key', old.keyId, '--overlap', '0')
      expect((await login(old.apiKey)).status).to.equal(401)
    })

    it('rotate a key with an overlap, and revoke one at once', async () => {
      const old = await key()
      const { body } = await login(old.apiKey)
      const lines = await run('keys', 'rotate', '--account', account, '--key', old.keyId, '--overlap', '2')
      const next = { keyId: lines[0]?.slice(4) ?? '', apiKey: lines[1]?.slice(7) ?? '' }
      expect([(await login(old.apiKey)).status, (await login(next.apiKey)).status]).to.deep.equal([200, 200])
      server.clock.now += 2 * 3_600_000
      expect([(await login(old.apiKey)).status, (await login(next.apiKey)).status]).to.deep.equal([401, 200])
      const groups = await server.request('/v2/global/groups', {
        headers: { ApiToken: String(body['token']) },
      })
      expect(groups.status, 'a token of the old key').to.equal(401)
      await run('keys', 'revoke', '--account', account, '--key', next.keyId)
      expect((await login(next.apiKey)).status).to.equal(401)
    })

    it('take a user out of a site, or out altogether, at once', async () => {
      const { headers } = await server.signIn('ben.vet')
      const date = new Date(server.clock.now).toISOString().slice(0, 10)
      const day = () => server.request(`/v2/mobile/retrieveDiariesForDay?siteId=1&date=${date}`, { headers })
      expect((await day()).status).to.equal(200)
      await run('users', 'set-sites', '--username', 'ben.vet', '--sites', '2')
      expect((await day()).body['code']).to.equal('UNKNOWN_SITE')
      await run('users', 'disable', '--username', 'BEN.vet')
      expect((await day()).status).to.equal(401)
      expect((await run('users', 'list', '--group', '1')).join('\n')).to.match(/ben\.vet .*disabled/)
    })

    it('make no user of a site that the group does not have, of no staff, or with a misleading name', async () => {
      const create = (given: Record<string, string>) => {
        const options = {
          username: 'new.vet',
          name: 'New Vet',
          roles: 'vet',
          group: '1',
          sites: '1',
          ...given,
        }
        return refusal(
          'users',
          'create',
          ...Object.entries(options).flatMap(([name, is]) => [`--${name}`, is]),
        )
      }
      expect(await create({ sites: '1,3' })).to.equal('--sites: group 1 has no site 3; it has 1, 2')
      expect(await create({ group: '99' })).to.include('no group 99')
      expect(await create({ roles: 'vet,customer' })).to.include('--roles')
      expect(await create({ username: '\u0430melia.vet' })).to.include('one alphabet')
      expect(await create({ username: 'amelia\u200b.vet' })).to.include('not seen')
      expect(await refusal('users', 'set-sites', '--username', 'ben.vet', '--sites', '3')).to.include(
        'site 3',
      )
      expect(
        await refusal('users', 'set-sites', '--username', 'carol@example.com', '--sites', '1'),
      ).to.include('no site')
      const practitioner = '9f0f5f0e-6a52-4b39-8a4b-2f2f2b2d5a11'
      expect(await create({ practitioner })).to.equal('--practitioner: group 1 has no such practitioner')
      const carol = ['--username', 'carol@example.com', '--roles', 'groupAdmin']
      expect(await refusal('users', 'set-roles', ...carol)).to.include('is a customer')
      expect((await run('users', 'list', '--group', '1')).join('\n')).not.to.include('New Vet')
    })

    it('refuse what is not right, in words', async () => {
      expect(await refusal('keys', 'eat')).to.include('no command')
      expect(await refusal('keys', 'create', '--account', account))
        .to.include('--kind')
        .and.include('--groups: is required')
      expect(await refusal('keys', 'create', '--account', 'x', '--kind', 'app', '--groups', '1')).to.include(
        'no account',
      )
      expect(
        await refusal('keys', 'create', '--account', account, '--kind', 'app', '--groups', '99'),
      ).to.include('no group 99')
      expect(
        await refusal(
          'keys',
          'create',
          '--account',
          account,
          '--kind',
          'app',
          '--groups',
          '1',
          '--scopes',
          'all',
        ),
      ).to.include('--scopes')
      expect(await refusal('groups', 'create', '--group', '1', '--name', 'Again')).to.include('already')
      expect(
        await refusal('users', 'set-password', '--username', 'nina.nurse', '--password', 'short'),
      ).to.include('12')
      expect(await refusal('users', 'disable', '--username', 'nobody')).to.include('no user nobody')
      expect(await refusal('users', 'disable', '--user')).to.include('--name value')
      expect(usage()).to.include('keys rotate')
    })
  })
})
