/** A PouchDB that writes beside the devices: what its user does in it, and what it was told of that. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { openRemote, type Pouch, type PouchDoc } from '../../support/replicating-pouch.ts'
import { pushed, typeOf, type Item, type Pushed } from './device.ts'
import type { Said } from './laws.ts'
import type { User } from './user.ts'

/** Edits of one revision's line; who edits on top of an own edit says the rest of it again. */
interface Unsent {
  collection: Pushed
  id: string
  rev: string
  values: Item
}

export interface Replicating {
  server: number
  way: 'to' | 'from' | 'both'
  batchSize: number
}

export class Foreign {
  readonly user: User
  readonly #local: Pouch
  readonly #urlOf: (server: number) => string
  readonly #newId: () => string
  #docs = new Map<string, PouchDoc>()
  #unsent: Unsent[] = []
  /** Documents of which the server took an edit for none: here they say something that no server does. */
  readonly #refused = new Set<string>()

  constructor(user: User, place: { local: Pouch; urlOf: (server: number) => string; newId: () => string }) {
    this.user = user
    this.#local = place.local
    this.#urlOf = place.urlOf
    this.#newId = place.newId
  }

  ids(name: string): string[] {
    const prefix = isPushed(name) ? `${typeOf(name)}:` : '\uffff'
    return [...this.#docs.keys()]
      .flatMap((id) => (id.startsWith(prefix) ? id.slice(prefix.length) : []))
      .sort()
  }

  get(name: Pushed, id: string): (PouchDoc & { id: string }) | undefined {
    const doc = this.#docs.get(`${typeOf(name)}:${id}`)
    return doc && { ...doc, id }
  }

  async create(name: Pushed, data: Item): Promise<void> {
    await this.#put(name, { _id: `${typeOf(name)}:${this.#newId()}`, ...data }, data)
  }

  async change(name: Pushed, id: string, patch: Item): Promise<void> {
    const doc = this.#docs.get(`${typeOf(name)}:${id}`)
    if (doc) await this.#put(name, { ...doc, ...patch }, patch)
  }

  async #put(collection: Pushed, doc: PouchDoc, values: Item): Promise<void> {
    const { rev } = await this.#local.put(doc)
    const before = this.#unsent.find((one) => one.id === doc._id && one.rev === doc._rev)
    if (before) Object.assign(before, { rev, values: { ...before.values, ...values } })
    else this.#unsent.push({ collection, id: doc._id, rev, values })
    this.#docs.set(doc._id, { ...doc, _rev: rev })
  }

  /**
   * Replicates once, and says what the server took.
   * @throws where the server, or the way to it, fails in the middle
   */
  async replicate({ server, way, batchSize }: Replicating): Promise<{ said: Said[]; moved: number }> {
    const remote = openRemote(this.#urlOf(server))
    const options = { batch_size: batchSize }
    let moved = 0
    try {
      if (way !== 'from') {
        const sending = this.#local.replicate.to(remote, options)
        void sending.on('denied', (error) => this.#refused.add((error as { id: string }).id))
        moved += (await sending).docs_written
      }
      if (way !== 'to') moved += (await this.#local.replicate.from(remote, options)).docs_written
    } finally {
      await this.#look()
    }
    return { said: way === 'from' ? [] : this.#acknowledged(), moved }
  }

  async #look(): Promise<void> {
    const { rows } = await this.#local.allDocs({ include_docs: true })
    this.#docs = new Map(rows.flatMap(({ id, doc }) => (doc ? [[id, doc] as const] : [])))
  }

  #acknowledged(): Said[] {
    const taken = this.#unsent.filter(({ id }) => !this.#refused.has(id))
    this.#unsent = []
    return taken.map(({ collection, id: storedId, values }) => {
      const [id, clientItemId] = [storedId.slice(storedId.indexOf(':') + 1), randomUUID()]
      const changes = Object.fromEntries(Object.entries(values).map(([f, to]) => [f, { from: null, to }]))
      const result = { clientItemId, id, revision: null, outcome: 'UPDATED' as const }
      return { collection, item: { clientItemId, id, changes }, result, heard: true }
    })
  }

  /** I1: whatever its user may see is here as the server has it, in one revision. */
  async check(server: number): Promise<void> {
    const all = { include_docs: true, conflicts: true }
    const there = await openRemote(this.#urlOf(server)).allDocs(all)
    const here = new Map((await this.#local.allDocs(all)).rows.map(({ id, doc }) => [id, doc]))
    for (const { id, doc } of there.rows)
      if (!this.#refused.has(id))
        expect(here.get(id), `${id} in the PouchDB of user ${this.user.index}`).to.deep.equal(doc)
  }
}

const isPushed = (name: string): name is Pushed => pushed.some((one) => one === name)
