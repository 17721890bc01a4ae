import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { makeLevel, type Level } from '../../sync/store/level/level-handle.ts'
import type { Database, WriteResult } from '../../sync/store/port.ts'
import { allChanges } from './store-contract/helpers.ts'

const script = fileURLToPath(new URL('store-process.ts', import.meta.url))

/** Starts a process that owns the embedded store in `dataDir`; resolves when it has it open. */
export async function startStoreProcess(dataDir: string, task: 'hold' | 'write') {
  const child = spawn(process.execPath, ['--import=tsx', script, dataDir, task], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const first = await lines.next()
  expect(first.value).to.equal('open')
  return { child, lines }
}

/** Ends a process as a loss of power would end its part, and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Lets a process write at full rate, kills it after so many calls, and returns everything that it acknowledged. */
export async function writeAndKill(dataDir: string, calls: number): Promise<Map<string, string>> {
  const { child, lines } = await startStoreProcess(dataDir, 'write')
  const acknowledged = new Map<string, string>()
  let count = 0
  for (;;) {
    const next: IteratorResult<string, undefined> = await lines.next()
    if (next.done) return acknowledged
    const { value } = next
    // The line that the kill cut short says nothing.
    if (!value.endsWith(']')) continue
    for (const result of JSON.parse(value) as WriteResult[])
      if (result.ok) acknowledged.set(result.id, result.rev)
    if (++count === calls) child.kill('SIGKILL')
  }
}

/** Asks a database whether its parts agree: documents, places, counters, leaves. */
export async function audit(db: Database): Promise<void> {
  const changes = await allChanges(db, { docs: true })
  expect(new Set(changes.map(({ id }) => id)).size).to.equal(changes.length)
  const seqs = changes.map(({ seq }) => Number(seq))
  expect(seqs).to.deep.equal([...seqs].sort((a, b) => a - b))
  const alive = changes.filter(({ deleted }) => !deleted)
  const docs = await db.range({ from: '\u0000', to: '\u{10ffff}' })
  expect(new Map(docs.map((doc) => [doc._id, doc]))).to.deep.equal(
    new Map(alive.map(({ id, doc }) => [id, doc])),
  )
  expect(await db.info()).to.deep.equal({ docCount: alive.length, updateSeq: seqs.at(-1) ?? 0 })
  for (const { id, leaves } of changes.filter((change) => change.leaves.length > 1)) {
    expect((await db.leaves(id)).map(({ doc }) => doc._rev)).to.deep.equal(leaves)
  }
}

/** A disk that fails at will, and counts the synced batches. */
export class Disk {
  failing = false
  batches = 0
  unsynced = 0

  readonly make = (directory: string): Level => {
    const level = makeLevel(directory)
    const begin = level.batch.bind(level) as () => ReturnType<Level['batch']>
    return Object.assign(level, { batch: () => this.#watch(begin()) })
  }

  #watch(batch: ReturnType<Level['batch']>): ReturnType<Level['batch']> {
    const write = batch.write.bind(batch)
    return Object.assign(batch, {
      write: async (options: { sync?: boolean }) => {
        if (this.failing) throw new Error('ENOSPC: no space left on device')
        this.batches++
        if (options.sync !== true) this.unsynced++
        await write(options)
      },
    })
  }
}
