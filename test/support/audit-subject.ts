/** A store of a test's own with audit records in it, embedded or in a CouchDB, and what somebody with the store alone may do to them. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Audit, auditDatabase, type AuditOptions } from '../../server/audit/audit.ts'
import type { BlockDoc } from '../../server/audit/block.ts'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { Database, Store } from '../../sync/store/port.ts'

export const auditKeys = [{ kid: 'one', secret: 'a secret of thirty-two characters' }]

export class AuditSubject implements AsyncDisposable {
  readonly store: Store
  readonly #folder: string
  readonly #opened: Audit[] = []
  readonly faults: string[] = []
  now = Date.parse('2026-11-23T09:00:00Z')

  private constructor(store: Store, folder: string) {
    this.store = store
    this.#folder = folder
  }

  static async open(): Promise<AuditSubject> {
    const folder = await mkdtemp(path.join(tmpdir(), 'vetspace-audit-'))
    const url = process.env['COUCHDB_URL']
    const store =
      url === undefined
        ? await openLevelStore({ dataDir: folder })
        : await openCouchStore({ url, prefix: `audit-test-${randomUUID()}-` })
    return new AuditSubject(store, folder)
  }

  /** The audit record of one turn of a server. @param server its data directory's name */
  turn(server: string, options: Partial<AuditOptions> = {}): Audit {
    const log = { error: (_: object, message: string) => void this.faults.push(message) }
    const dataDir = path.join(this.#folder, 'servers', server)
    const audit = new Audit({
      ...{ store: this.store, keys: auditKeys, dataDir, keepDays: 2557, now: () => this.now, log },
      ...options,
    })
    this.#opened.push(audit)
    return audit
  }

  db(scope = 1): Promise<Database> {
    return this.store.database(auditDatabase(scope))
  }

  async blocks(scope = 1): Promise<BlockDoc[]> {
    return (await (await this.db(scope)).range({ from: 'block:', to: 'block:\uffff' })) as BlockDoc[]
  }

  async remove(...blocks: readonly BlockDoc[]): Promise<void> {
    const docs = blocks.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true as const }))
    await (await this.db()).write(docs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const audit of this.#opened) await audit[Symbol.asyncDispose]()
    if (process.env['COUCHDB_URL'] !== undefined)
      for (const name of await this.store.list()) await this.store.destroy(name)
    await this.store[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
