/** A group over a real embedded store in a directory of its own, with a clock that the test turns. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Actor } from '../../sync/actor.ts'
import type { Checkpoint } from '../../sync/contract/pull.ts'
import type { CollectionName } from '../../sync/contract/records.ts'
import type { UploadResult } from '../../sync/contract/upload.ts'
import { openGroups, type Group } from '../../sync/group.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { WritableType } from '../../sync/write/items.ts'

export const amelia: Actor = { userId: randomUUID(), siteIds: [1, 2], practitionerId: randomUUID() }
export const ben: Actor = { userId: randomUUID(), siteIds: [1], practitionerId: randomUUID() }
export const nobody: Actor = { userId: randomUUID(), siteIds: [3], practitionerId: null }

const hour = 3_600_000

export interface TestGroup extends AsyncDisposable {
  group: Group
  /** ms since the epoch; add to it to let time pass */
  clock: { now: number }
  /** Uploads items of a type as an actor; times are the test clock's. */
  send(type: WritableType, actor: Actor, items: unknown[], at?: { sentAt?: number }): Promise<UploadResult[]>
  /** An item that makes a record, a moment ago. */
  creation(data: object, id?: string): { clientItemId: string; editedAt: string; data: object }
  edit(id: string, baseRevision: string | null, changes: object, editedAt?: string): object
  /** Pulls until caught up. */
  pullAll(
    actor: Actor,
    collection: CollectionName,
    checkpoint?: Checkpoint | null,
    limit?: number,
  ): Promise<{ documents: Map<string, Record<string, unknown>>; checkpoint: Checkpoint; pages: number }>
  /** A client and an animal at the sites given. */
  household(siteIds: number[]): Promise<{ clientId: string; animalId: string }>
}

export const openTestGroup = async (): Promise<TestGroup> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-group-'))
  const store = await openLevelStore({ dataDir })
  const clock = { now: Date.parse('2026-06-15T09:00:00Z') }
  const log = {
    error: (details: object, message: string) => {
      throw new Error(`${message}: ${JSON.stringify(details)}`)
    },
  }
  const groups = openGroups({ store, dataDir, now: () => clock.now, log })
  const group = await groups.get(1)
  const ago = (): string => new Date(clock.now - hour).toISOString()
  const creation: TestGroup['creation'] = (data, id = randomUUID()) => ({
    clientItemId: id,
    editedAt: ago(),
    data,
  })
  const send: TestGroup['send'] = (type, actor, items, at = {}) =>
    group.upload({
      type,
      actor,
      deviceId: actor.userId,
      sentAt: at.sentAt ?? clock.now,
      receivedAt: clock.now,
      items,
    })
  return {
    group,
    clock,
    send,
    creation,
    edit: (id, baseRevision, changes, editedAt = ago()) => ({
      clientItemId: randomUUID(),
      id,
      baseRevision,
      editedAt,
      changes,
    }),
    pullAll: async (actor, collection, checkpoint = null, limit = 1000) => {
      const documents = new Map<string, Record<string, unknown>>()
      for (let pages = 1; ; pages += 1) {
        const page = await group.pull(actor, { collection, checkpoint, limit })
        for (const document of page.documents) documents.set(document.id, document)
        checkpoint = page.checkpoint
        if (page.documents.length < limit) return { documents, checkpoint, pages }
      }
    },
    household: async (siteIds) => {
      const [client] = await send('client', amelia, [creation({ lastName: 'Marsh', siteIds })])
      const [animal] = await send('animal', amelia, [
        creation({ clientId: client?.id, name: 'Bramble', siteIds }),
      ])
      return { clientId: String(client?.id), animalId: String(animal?.id) }
    },
    async [Symbol.asyncDispose]() {
      await groups[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
