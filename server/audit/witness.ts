/**
 * The newest blocks that this server knows of, noted in its own data directory. Who has only the store and cuts the
 * end of a chain off does not reach this file; a file that is older than the chain says less, and nothing false.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { placeOf, type BlockRef } from './block.ts'
import type { AuditLog, AuditScope } from './entry.ts'

const shape = z.object({ heads: z.array(z.object({ id: z.string(), hash: z.string() })) })
const maxHeads = 50

export interface WitnessOptions {
  dataDir: string
  log: AuditLog
}

export class Witness implements AsyncDisposable {
  readonly #directory: string
  readonly #log: AuditLog
  readonly #heads = new Map<AuditScope, Map<string, BlockRef>>()
  readonly #writing = new Map<AuditScope, Promise<void>>()
  readonly #changed = new Set<AuditScope>()

  constructor({ dataDir, log }: WitnessOptions) {
    this.#directory = path.join(dataDir, 'audit')
    this.#log = log
  }

  /** Takes note of a block that is on disk. */
  note(scope: AuditScope, { id, hash }: BlockRef): void {
    const heads = this.#heads.get(scope) ?? new Map<string, BlockRef>()
    this.#heads.set(scope, heads)
    heads.set(placeOf(id)?.writer ?? '', { id, hash })
    this.#changed.add(scope)
    if (!this.#writing.has(scope)) this.#writing.set(scope, this.#write(scope))
  }

  /** What was noted, in this turn and before. */
  async noted(scope: AuditScope): Promise<BlockRef[]> {
    const here = this.#heads.get(scope) ?? new Map<string, BlockRef>()
    const before = (await this.#read(scope)).filter(({ id }) => !here.has(placeOf(id)?.writer ?? ''))
    return [...here.values(), ...before]
  }

  #file(scope: AuditScope): string {
    return path.join(this.#directory, `${scope}.json`)
  }

  async #read(scope: AuditScope): Promise<BlockRef[]> {
    try {
      return shape.parse(JSON.parse(await readFile(this.#file(scope), 'utf8'))).heads
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.error({ err: error, scope }, 'The note of the newest audit blocks cannot be read')
      return []
    }
  }

  async #write(scope: AuditScope): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true })
      while (this.#changed.delete(scope)) {
        const heads = (await this.noted(scope)).sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, maxHeads)
        const file = this.#file(scope)
        await writeFile(`${file}.new`, JSON.stringify({ heads }), { mode: 0o600 })
        await rename(`${file}.new`, file)
      }
    } catch (error) {
      this.#log.error({ err: error, scope }, 'The newest audit blocks cannot be noted')
    } finally {
      this.#writing.delete(scope)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#writing.values())
  }
}
