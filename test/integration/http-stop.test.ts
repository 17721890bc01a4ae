/** How the server stops, and what it leaves behind for tools. */
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { z } from 'zod'
import { call } from '../../server/contract/call.ts'
import { startServer } from '../support/server.ts'
import { freePort, ServerProcess } from '../support/server-process.ts'

describe('stopping', () => {
  it('finishes what is under way and ends event streams', async () => {
    let started: () => void = () => undefined
    let finish: () => void = () => undefined
    const underWay = new Promise<void>((resolve) => (started = resolve))
    const may = new Promise<void>((resolve) => (finish = resolve))
    const spec = call({
      service: 'system',
      method: 'GET',
      path: '/slow',
      summary: '',
      description: '',
      auth: { kind: 'none' },
      responses: { 200: { description: '', body: z.object({ done: z.boolean() }) } },
      errors: [],
    })
    const slow = async () => {
      started()
      await may
      return { status: 200, body: { done: true } } as const
    }
    const server = await startServer({ calls: [{ name: 'slow', spec, handler: slow }] })
    const { headers } = await server.signIn('amelia.vet')
    const events = await fetch(`${server.url}/v2/mobile/sync/events?deviceId=d`, { headers })
    expect(events.headers.get('content-type')).to.contain('text/event-stream')
    const answer = server.request('/slow')
    await underWay
    const stopped = server[Symbol.asyncDispose]()
    expect(await events.text()).to.contain(': connected')
    finish()
    expect((await answer).body).to.deep.equal({ done: true })
    await stopped
  })

  it('does not wait for a caller that sends nothing', async () => {
    const server = await startServer()
    const idle = request(`${server.url}/v2/authentication/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Length': '100' },
    })
    idle.flushHeaders()
    const failed = once(idle, 'error')
    await server.request('/health')
    const before = Date.now()
    await Promise.all([server[Symbol.asyncDispose](), failed])
    expect(Date.now() - before).to.be.lessThan(9000)
  })
})

describe('the server’s process', () => {
  let dataDir: string
  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-process-'))
  })
  after(() => rm(dataDir, { recursive: true, force: true }))
  const ownerFile = (): string => path.join(dataDir, 'owner.json')

  it('writes for its owner alone where tools may reach it, over what a dead process left', async () => {
    await writeFile(ownerFile(), '{"pid":1')
    await using server = new ServerProcess({ port: await freePort(), dataDir })
    await server.start()
    const owner = JSON.parse(await readFile(ownerFile(), 'utf8')) as {
      pid: number
      url: string
      token: string
    }
    expect(owner.pid).to.equal(server.pid)
    for (const file of [ownerFile(), path.join(dataDir, 'token-secret')])
      expect((await stat(file)).mode & 0o777).to.equal(0o600)
    const check = async (token: string): Promise<number> =>
      (
        await fetch(`${owner.url}/import/check`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
          body: JSON.stringify({ groupId: 1, siteId: 1 }),
        })
      ).status
    expect(await check('guessed')).to.equal(401)
    expect(await check(owner.token)).to.equal(204)
    await server.stop('SIGTERM')
    expect(await stat(ownerFile()).catch(() => 'gone')).to.equal('gone')
  })

  it('prints the credentials of the demo and ends by itself at SIGTERM', async () => {
    await using server = new ServerProcess({ port: await freePort(), dataDir, env: { LOG_LEVEL: 'info' } })
    await server.start()
    expect(server.output).to.contain('demo-api-key').and.to.contain('sam.seaview')
    const before = Date.now()
    await server.stop('SIGTERM')
    expect(Date.now() - before).to.be.lessThan(10_000)
    expect(server.output).to.contain('Stopped')
  })

  for (const [fault, env, reason] of [
    ['a data directory that cannot be made', { DATA_DIR: '/proc/nope' }, /DATA_DIR: \/proc\/nope cannot/],
    ['one that is a file', { DATA_DIR: '/dev/null/data' }, /DATA_DIR: \/dev\/null\/data cannot/],
    ['an address that is none', { HOST: '999.1.1.1' }, /cannot start: .*999\.1\.1\.1/],
    ['an address of another machine', { HOST: '192.0.2.1' }, /cannot start: .*192\.0\.2\.1/],
  ] as const)
    it(`ends at once with a plain message where it is given ${fault}`, async () => {
      await using server = new ServerProcess({ port: await freePort(), dataDir, env })
      const { message } = await server.start().then(
        () => new Error('it started'),
        (error: Error) => error,
      )
      expect(message).to.match(reason)
      expect(message).not.to.include('    at ')
      expect(server.exitCode).to.equal(1)
    })

  it('tells all faults of its settings at once', async () => {
    const env = { TOKEN_SECRET: 'short', LOG_LEVEL: 'loud', BODY_LIMIT: 'much' }
    await using server = new ServerProcess({ port: await freePort(), dataDir, env })
    const failure = await server.start().then(
      () => '',
      (error: Error) => error.message,
    )
    for (const name of Object.keys(env)) expect(failure).to.contain(`${name}: `)
  })
})
