/** Stores with one of everything that a store can hold, for what copies them whole. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import { StoreUnavailable, type Database, type NewLeaf, type Store } from '../../sync/store/port.ts'
import { optionsOf } from '../../server/databases.ts'

/** A place for a store that can be opened again. */
export interface StorePlace extends AsyncDisposable {
  open(): Promise<Store>
}

export const embeddedPlace = async (): Promise<StorePlace & { dataDir: string }> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-whole-'))
  return {
    dataDir,
    open: () => openLevelStore({ dataDir }),
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }),
  }
}

export const couchPlace = (url: string): StorePlace => {
  const open = () => openCouchStore({ url, prefix: `whole-${id}-` })
  const id = randomUUID()
  return {
    open,
    async [Symbol.asyncDispose]() {
      await using store = await open()
      for (const name of await store.list()) await store.destroy(name)
    },
  }
}

const hash = (digit: string): string => digit.repeat(32)

/** A leaf at the end of a line of hex digits, oldest first. */
const leaf = (id: string, line: string, fields: object = {}): NewLeaf => {
  const ids = [...line].reverse().map(hash)
  return {
    doc: { _id: id, _rev: `${ids.length}-${ids[0]}`, ...fields },
    revisions: { start: ids.length, ids },
  }
}

const bytes = (name: string, length: number): object => ({
  _attachments: { [name]: { content_type: 'image/jpeg', data: Buffer.alloc(length, name), revpos: 1 } },
})

const special = [
  leaf('animal:ü 🐈/#', '12f', { name: 'Größe 🐴', n: 1e21, nested: { b: 1, a: [null, 0.1] } }),
  leaf('animal:lost', '13', { name: 'the winner' }),
  leaf('animal:lost', '12', { name: 'the other' }),
  leaf('animal:lost', '1a', { _deleted: true, why: 'merged' }),
  leaf('animal:gone', '12', { _deleted: true }),
  leaf('animal:roots', '1', {}),
  leaf('animal:roots', '2', {}),
  leaf('animal:photo', '12', bytes('a b ä.jpg', 70_000)),
  leaf('animal:photo', '13', bytes('other.jpg', 10)),
  leaf('_design/by-hand', '1', { language: 'javascript', views: {} }),
]

export const filledDatabases = ['accounts', 'bridge-lane', 'group-1', 'ledger-1', 'uploads']

/** Fills a store with documents of every kind in several databases. */
export const fill = async (store: Store, count = 700): Promise<void> => {
  for (const name of filledDatabases) {
    const db = await store.database(name, optionsOf(name))
    await db.write([{ _id: `only:${name}`, name }])
    await db.putLocal(`checkpoint/${name} ü`, { last_seq: 7, history: [{ session_id: 'a' }] })
  }
  const db = await store.database('group-1')
  await db.writeRevisions(special)
  const docs = Array.from({ length: count }, (_, n) => ({ _id: `treatment:${n}`, type: 'treatment', n }))
  const first = await db.write(docs)
  await db.write(first.flatMap((one) => (one.ok ? [{ _id: one.id, _rev: one.rev, changed: true }] : [])))
}

/** A store whose databases take so many calls that write, and then no more: its process was killed. */
export const dyingStore = (store: Store, calls: number): Store => {
  let left = calls
  const writing = new Set<PropertyKey>(['write', 'writeRevisions', 'putLocal'])
  const through = <T extends object>(target: T, key: PropertyKey): unknown => {
    const value: unknown = Reflect.get(target, key, target)
    return typeof value === 'function' ? (value.bind(target) as unknown) : value
  }
  const alive = (): void => {
    if (left-- <= 0) throw new StoreUnavailable('killed')
  }
  const dying = (db: Database): Database =>
    new Proxy(db, {
      get: (target, key) => {
        const method = through(target, key)
        if (!writing.has(key) || typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          alive()
          return await (method as (...args: unknown[]) => unknown)(...args)
        }
      },
    })
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'database')
        return async (...args: Parameters<Store['database']>) => dying(await target.database(...args))
      if (key === 'destroy')
        return async (name: string) => {
          alive()
          await target.destroy(name)
        }
      return through(target, key)
    },
  })
}
