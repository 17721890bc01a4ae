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

/** What an appointment clashed with before a write and after it. */
export interface ClashChange {
  before: string[]
  after: StoredDoc
}

/** Writes the other side of each clash that came or went. */
export const mendClashes = async (
  target: WriteTarget,
  changes: readonly ClashChange[],
  receivedAt: number,
): Promise<void> => {
  const ids = changes.flatMap(({ before, after }) => {
    const now = clashing(after)
    return [...before.filter((id) => !now.includes(id)), ...now]
  })
  await mendClashesOf(target, ids, receivedAt)
}

/** Writes what these appointments clash with, where they do not say it. */
export const mendClashesOf = async (
  target: Pick<WriteTarget, 'db' | 'index'>,
  appointmentIds: readonly string[],
  receivedAt: number,
): Promise<void> => {
  let ids = new Set(appointmentIds)
  for (let round = 0; ids.size > 0 && round < maxRounds; round += 1) ids = await mend(target, ids, receivedAt)
}

/** Returns what somebody else was faster with. */
const mend = async (
  target: Pick<WriteTarget, 'db' | 'index'>,
  ids: ReadonlySet<string>,
  receivedAt: number,
): Promise<Set<string>> => {
  const docs = await target.db.getMany([...ids].map((id) => docId('appointment', id)))
  const updates: NewDoc[] = []
  for (const doc of docs) {
    if (!doc) continue
    const others = await clashesOf(target, doc, [])
    if (others.join() === clashing(doc).join()) continue
    const modifiedAt = new Date(receivedAt).toISOString()
    updates.push({ ...doc, clash: others.length > 0 ? { with: others } : null, modifiedAt })
  }
  const results = await target.db.write(updates)
  return new Set(results.filter((result) => !result.ok).map((result) => bareId(result.id)))
}
