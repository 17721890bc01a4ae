import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const script = fileURLToPath(new URL('../../sync/replication/conformance.ts', import.meta.url))

describe('npm run sync:conformance', () => {
  let directory = ''
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vetspace-conformance-test-'))
  })
  after(() => rm(directory, { recursive: true, force: true }))

  it('serves an open store at the root, and leaves nothing behind', async () => {
    const child = spawn(process.execPath, ['--import=tsx', script, '--port', '0'], {
      env: { ...process.env, TMPDIR: directory },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const url = /http:\S+/.exec(line)?.[0] ?? ''
    expect(await (await fetch(url)).json()).to.include({ couchdb: 'Welcome' })
    expect((await fetch(`${url}db`, { method: 'PUT' })).status).to.equal(201)
    expect((await fetch(`${url}db/a`, { method: 'PUT', body: '{"x":1}' })).status).to.equal(201)
    const feed = await fetch(`${url}db/_changes?feed=continuous&heartbeat=1000`)
    child.kill('SIGTERM')
    expect(await exited).to.deep.equal([0, null])
    expect(await feed.text()).to.include('last_seq')
    expect(readdirSync(directory).filter((name) => name.startsWith('vetspace-'))).to.deep.equal([])
  })
})
