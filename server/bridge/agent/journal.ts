/**
 * What the agent has done with each write, on disk before it goes on: `began` before the PMS is asked, `ended` with
 * the answer before the server is told, `told` when the server has it. LevelDB lets one process have it at a time.
 */
import { randomUUID } from 'node:crypto'
import { ClassicLevel } from 'classic-level'
import type { BridgeResult } from '../../contract/bridge-agent.ts'

/** Longer than the server knows a write. */
const keptMs = 70 * 86_400_000

export type Entry =
  | { state: 'began'; at: number }
  | { state: 'ended'; at: number; result: BridgeResult }
  /** The result without the PMS's body. */
  | { state: 'told'; at: number; result: BridgeResult }

const onDisk = { sync: true }
const identity = 'agentId'
const keyOf = (id: string): string => `write:${id}`

export class Journal implements AsyncDisposable {
  readonly agentId: string
  readonly #db: ClassicLevel<string, unknown>

  private constructor(db: ClassicLevel<string, unknown>, agentId: string) {
    this.#db = db
    this.agentId = agentId
  }

  /** @throws where another process has it open */
  static async open(directory: string): Promise<Journal> {
    const db = new ClassicLevel<string, unknown>(directory, { valueEncoding: 'json' })
    await db.open()
    const known = await db.get(identity)
    const agentId = typeof known === 'string' ? known : randomUUID()
    if (known === undefined) await db.put(identity, agentId, onDisk)
    return new Journal(db, agentId)
  }

  async get(id: string): Promise<Entry | undefined> {
    return (await this.#db.get(keyOf(id))) as Entry | undefined
  }

  async began(id: string, at: number): Promise<void> {
    await this.#db.put(keyOf(id), { state: 'began', at } satisfies Entry, onDisk)
  }

  /** It was not sent after all. */
  async forget(id: string): Promise<void> {
    await this.#db.del(keyOf(id), onDisk)
  }

  async ended(result: BridgeResult, at: number): Promise<void> {
    await this.#db.put(keyOf(result.id), { state: 'ended', at, result } satisfies Entry, onDisk)
  }

  /** The body is the server's now; that the write is done is known for as long as the server could ask. */
  async told({ id, answer, failure }: BridgeResult, at: number): Promise<void> {
    const result = {
      id,
      ...(answer ? { answer: { ...answer, body: '' } } : {}),
      ...(failure ? { failure } : {}),
    }
    await this.#db.put(keyOf(id), { state: 'told', at, result } satisfies Entry, onDisk)
  }

  /** Results that the server has not been told, or may not have been. */
  async untold(): Promise<BridgeResult[]> {
    const results: BridgeResult[] = []
    for await (const entry of this.#db.values({ gte: keyOf(''), lt: 'write;' }) as AsyncIterable<Entry>)
      if (entry.state === 'ended') results.push(entry.result)
    return results
  }

  /** Forgets what the server has forgotten. */
  async prune(now: number): Promise<void> {
    for await (const [key, entry] of this.#db.iterator({ gte: keyOf(''), lt: 'write;' }))
      if ((entry as Entry).state === 'told' && now - (entry as Entry).at > keptMs) await this.#db.del(key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db.close()
  }
}
