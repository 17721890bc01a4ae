/** The audit record of a server that is killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { Audit } from '../../../server/audit/audit.ts'
import { openLevelStore } from '../../../sync/store/level/level-store.ts'

const script = fileURLToPath(new URL('../../support/audit-process.ts', import.meta.url))

describe('The audit record after kill -9', () => {
  it('has every entry that was said to be on disk, and is whole, round after round', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-audit-kill-'))
    let said = 0
    for (const lines of [40, 200, 90]) {
      const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir])
      const ended = once(child, 'close')
      let heard = 0
      createInterface({ input: child.stdout }).on('line', () => {
        heard += 1
        if (heard === lines) child.kill('SIGKILL')
      })
      await ended
      said += heard
    }
    const store = await openLevelStore({ dataDir })
    const log = { error: (_: object, message: string) => expect.fail(message) }
    const keys = [{ kid: 'one', secret: 'a secret of thirty-two characters' }]
    const audit = new Audit({ store, keys, dataDir, keepDays: 2557, now: Date.now, log })
    const found = await audit.verify(1)
    expect([found.intact, found.faults]).to.deep.equal([true, []])
    const query = { from: undefined, to: undefined, actor: undefined, subjects: [], after: undefined }
    const { entries } = await audit.read(1, { ...query, kinds: ['SIGN_IN'], limit: 100_000 })
    expect(entries.length).to.be.at.least(said)
    expect(said).to.be.at.least(330)
    await audit[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })
})
