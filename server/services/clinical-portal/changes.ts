/** What changed in one of the portal's lists since a time, and after that since the cursor before. */
import { z } from 'zod'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId, typeOf } from '../../../sync/write/document.ts'
import { isListed, type Paging, type RecordList, type Removed } from './record-list.ts'

/** A place in the order of changes of one making of the index. */
const place = z.strictObject({ epoch: z.string(), position: z.int() })

/** Where the changes of a cursor begin. */
export const sinceFields = {
  /** What was modified from a place on; never from before `floor`. */
  ...{ from: z.string(), floor: z.string() },
  /** Changes up to there were told before this round of pages. */
  told: place.nullable(),
  /** Of what changed at `from`, so many were told on the page before. */
  skip: z.int().min(0).default(0),
  /** Where the order of changes ended when this round began; null in a cursor that begins one. */
  begun: place.nullable(),
}
export interface Since {
  from: string
  floor: string
  told: z.infer<typeof place> | null
  skip: number
  begun: z.infer<typeof place> | null
}

/** Clocks of servers on one store may differ, and a write may land after a later one. */
const slackMs = 600_000

/** Changes are read so many at a time at least: most may change nothing in the list. */
const leastRead = 100

/** A page, shorter than asked only where there are no more changes, and where the next one begins. */
export const pageByChange = async <T>(
  paging: Paging<T>,
  { from, floor, told, skip, begun, now }: Since & { now: number },
): Promise<{ items: (T | Removed)[]; next: Since }> => {
  const { group, list, limit } = paging
  await group.index.catchUp()
  const here = { epoch: group.index.epoch, position: group.index.position }
  const page = new Page(limit)
  let [at, past, caughtUp] = [from, skip, false]
  while (!page.full && !caughtUp) {
    const asked = Math.max(page.room, leastRead)
    const keys = await group.index.lookup(['modified', list.type], { from: at, limit: asked })
    const docs = await notTold(group, keys, told)
    let left: number | undefined
    for (const key of keys) {
      left = page.take(await changedBy(paging, docs.get(key[1] ?? '')), past)
      past = left ?? 0
      at = left === undefined ? `${key.join('\u0000')}\u0001` : key.join('\u0000')
      if (left !== undefined) break
    }
    caughtUp = left === undefined && keys.length < asked
  }
  const rest = new Date(now - slackMs).toISOString()
  const restart = rest > floor ? rest : floor
  const next: Since = caughtUp
    ? { from: restart, floor: restart, told: begun ?? here, skip: 0, begun: null }
    : { from: at, floor, told, skip: past, begun: begun ?? here }
  return { items: await readChanges(list, page.items), next }
}

/** What a page tells: each record once, however many changes were its. */
class Page {
  readonly items: (StoredDoc | Removed)[] = []
  readonly #limit: number
  readonly #told = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get room(): number {
    return this.#limit - this.items.length
  }
  get full(): boolean {
    return this.room === 0
  }

  /**
   * Takes what one change changed, but for the first `skip`.
   * @returns how many of it are told by now, where the page is full before all are; else undefined
   */
  take(changed: readonly (StoredDoc | Removed)[], skip: number): number | undefined {
    for (let i = skip; i < changed.length; i += 1) {
      const item = changed[i]
      if (!item) continue
      const id = isRemoved(item) ? item.id : bareId(item._id)
      if (this.#told.has(id)) continue
      if (this.full) return i
      this.#told.add(id)
      this.items.push(item)
    }
    return undefined
  }
}

/** What a changed record changed in the list, as it is there now. */
const changedBy = async <T>(
  paging: Paging<T>,
  doc: StoredDoc | undefined,
): Promise<(StoredDoc | Removed)[]> => {
  if (!doc) return []
  const { list, bounds } = paging
  const isOfList = typeOf(doc._id) === list.type
  const changed = list.changed ? await list.changed(doc) : isOfList ? [doc] : []
  const gone = isOfList && !isListed(list, bounds, doc) && (await wasHere(paging, doc))
  return [...(gone ? goneOf(list, doc) : []), ...changed.filter((one) => isListed(list, bounds, one))]
}

/** Those that changed behind a place; under another making of the index all of them, which repeats, but leaves no gap. */
const notTold = async (
  { index, db }: Group,
  keys: readonly string[][],
  told: Since['told'],
): Promise<ReadonlyMap<string, StoredDoc>> => {
  const ids = keys.map((parts) => parts[1] ?? '')
  const positions = told?.epoch === index.epoch ? await index.positionsOf(ids) : []
  const fresh =
    told && positions.length > 0 ? ids.filter((_, i) => (positions[i] ?? Infinity) > told.position) : ids
  const docs = await db.getMany(fresh)
  return new Map(docs.flatMap((doc) => (doc ? [[doc._id, doc] as const] : [])))
}

/** Whether a record is at the list's sites, or was: another site's are nothing to who does not work there. */
const wasHere = async ({ group, bounds, list }: Paging<unknown>, doc: StoredDoc): Promise<boolean> => {
  if (bounds.has(Number(doc['siteId']))) return true
  const left = [...bounds.keys()].map((site) => ['site.left', String(site), list.type, bareId(doc._id)])
  return (await group.index.keysUnder(left)).some((found) => found.length > 0)
}

const goneOf = <T>({ ever }: RecordList<T>, doc: StoredDoc): Removed[] =>
  ever && !ever(doc) ? [] : [{ id: bareId(doc._id), deleted: true, modifiedAt: String(doc['modifiedAt']) }]

const isRemoved = (item: StoredDoc | Removed): item is Removed => 'deleted' in item && item.deleted === true

const readChanges = async <T>(
  list: RecordList<T>,
  items: readonly (StoredDoc | Removed)[],
): Promise<(T | Removed)[]> => {
  const present = items.filter((item): item is StoredDoc => !isRemoved(item))
  const records = await list.read(present)
  const byDoc = new Map(present.map((doc, i) => [doc, records[i]] as const))
  return items.flatMap((item) => {
    const shown = isRemoved(item) ? item : byDoc.get(item)
    return shown === undefined ? [] : [shown]
  })
}
