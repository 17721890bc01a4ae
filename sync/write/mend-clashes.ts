/** A clash has two sides: whoever an appointment clashes with, or no longer does, is to show it too (I6). */
import type { NewDoc, StoredDoc } from '../store/port.ts'
import { clashesOf } from './clash.ts'
import type { WriteTarget } from './context.ts'
import { bareId, docId } from './document.ts'

/** Each round reads again what somebody else wrote meanwhile; the next write of an appointment mends the rest. */
const maxRounds = 5

/** Ids of the appointments that a stored one says it clashes with. */
export const clashing = (doc: StoredDoc | undefined): string[] =>
  (doc?.['clash'] as { with: string[] } | null | undefined)?.with ?? []

/** An appointment that an upload wrote, or that had been written before. */
export interface Uploaded {
  /** Ids of what it clashed with when it was read. */
  before: readonly string[]
  doc: StoredDoc
  /** Whether a part of it had been written before: by a server that may have ended before it came to the other sides. */
  repeated: boolean
}

/** Writes the other side of each clash that came or went. */
export const mendClashes = async (
  target: Pick<WriteTarget, 'db' | 'index'>,
  appointments: readonly Uploaded[],
  receivedAt: number,
): Promise<void> => {
  const ids = appointments.flatMap(({ before, doc }) => [
    ...before,
    ...clashing(doc),
    // Looked at again: another server may have written one beside it since.
    bareId(doc._id),
  ])
  const again = appointments.filter(({ repeated }) => repeated).map(({ doc }) => bareId(doc._id))
  await mendClashesOf(target, [...ids, ...(await sayingThem(target, again))], receivedAt)
}

/** Ids of the appointments that say they clash with one of these. */
const sayingThem = async (
  { index }: Pick<WriteTarget, 'index'>,
  ids: readonly string[],
): Promise<string[]> => {
  if (ids.length === 0) return []
  await index.catchUp()
  const found = await index.keysUnder(ids.map((id) => ['clash', id]))
  return found.flat().flatMap(([id = '']) => id)
}

/** Writes what these appointments clash with, where they do not say it; and of what they do not clash with, that. */
export const mendClashesOf = async (
  target: Pick<WriteTarget, 'db' | 'index'>,
  appointmentIds: readonly string[],
  receivedAt: number,
): Promise<void> => {
  let ids = new Set(appointmentIds)
  for (let round = 0; ids.size > 0 && round < maxRounds; round += 1) ids = await mend(target, ids, receivedAt)
}

/** Returns what is to be looked at next: what somebody else was faster with, and the other sides of what was new. */
const mend = async (
  target: Pick<WriteTarget, 'db' | 'index'>,
  ids: ReadonlySet<string>,
  receivedAt: number,
): Promise<Set<string>> => {
  const docs = await target.db.getMany([...ids].map((id) => docId('appointment', id)))
  const updates: NewDoc[] = []
  const next = new Set<string>()
  for (const doc of docs) {
    if (!doc) continue
    const said = clashing(doc)
    const others = await clashesOf(target, doc, [])
    if (others.join() === said.join()) continue
    const modifiedAt = new Date(receivedAt).toISOString()
    updates.push({ ...doc, clash: others.length > 0 ? { with: others } : null, modifiedAt })
    for (const id of [...said, ...others]) if (!ids.has(id)) next.add(id)
  }
  const results = updates.length > 0 ? await target.db.write(updates) : []
  for (const result of results) if (!result.ok) next.add(bareId(result.id))
  return next
}
