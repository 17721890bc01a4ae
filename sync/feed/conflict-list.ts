/** Open conflicts, found through the index: by their own id, or all that a user may see. */
import type { Actor } from '../actor.ts'
import type { Conflict } from '../contract/upload.ts'
import type { Database, StoredDoc } from '../store/port.ts'
import { conflictsOfDoc } from './entries.ts'
import type { Index } from './index-store.ts'
import { partsOf, rowKey, rowsBetween } from './keys.ts'
import { visible } from './present.ts'
import { channelsOfActor } from './pull.ts'

export interface OpenConflict {
  conflict: Conflict
  /** The record it is about. */
  doc: StoredDoc
}

interface Source {
  db: Database
  index: Index
}

const openIn = (
  doc: StoredDoc | undefined,
  id: string,
  actor: Pick<Actor, 'siteIds'>,
): OpenConflict | undefined => {
  if (!doc || !visible(doc, actor)) return undefined
  const conflict = conflictsOfDoc(doc).find((c) => c.id === id)
  return conflict && { conflict, doc }
}

/** The conflict, or undefined where it is settled, unknown, or not the user's to see. */
export const findConflict = async (
  { db, index }: Source,
  id: string,
  actor: Pick<Actor, 'siteIds'>,
): Promise<OpenConflict | undefined> => {
  await index.catchUp()
  for (const channel of channelsOfActor(actor)) {
    const key = rowKey('conflicts', channel, '', id)
    const [row] = await index.scan({ gte: key, lte: key }, { limit: 1 })
    if (row) return openIn(await db.get(row[1]), id, actor)
  }
  return undefined
}

/**
 * A page of open conflicts in order of their ids.
 * @param page.after the last id of the page before
 */
export const listConflicts = async (
  { db, index }: Source,
  actor: Pick<Actor, 'siteIds'>,
  page: { after: string; limit: number },
): Promise<{ items: OpenConflict[]; last: string | undefined }> => {
  await index.catchUp()
  const bounds = page.after === '' ? {} : { after: `\u0000${page.after}` }
  const found = await Promise.all(
    channelsOfActor(actor).map((channel) =>
      index.scan(rowsBetween('conflicts', channel, bounds), { limit: page.limit + 1 }),
    ),
  )
  const rows = new Map(found.flat().map(([key, doc]) => [partsOf(key)[3] ?? '', doc]))
  const ids = [...rows.keys()].sort()
  const shown = ids.slice(0, page.limit)
  const docs = await db.getMany(shown.map((id) => rows.get(id) ?? ''))
  const items = shown.flatMap((id, i) => openIn(docs[i], id, actor) ?? [])
  return { items, last: ids.length > shown.length ? shown[shown.length - 1] : undefined }
}
