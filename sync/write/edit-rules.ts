/** What an edit may not do, besides what each field's policy says. */
import type { Actor } from '../actor.ts'
import type { EditItem } from '../contract/upload.ts'
import { lineRefusal, orderRefusal } from './create.ts'
import type { RecordDoc } from './document.ts'
import { refuse, type Refusal, type WritableType } from './items.ts'

const isList = (value: unknown): value is unknown[] => Array.isArray(value)

/** A record is brought only to sites of the user's own, taken only from those, and never from all. */
export const siteRefusalOf = (changes: EditItem['changes'], actor: Actor): Refusal | undefined => {
  const message = 'This site is not one of yours'
  const moved = changes['siteId']?.to
  if (moved !== undefined && !actor.siteIds.includes(moved as number))
    return refuse('SITE_NOT_ALLOWED', 'changes.siteId', message)
  const { from, to } = changes['siteIds'] ?? {}
  if (!isList(to)) return undefined
  if (to.length === 0)
    return refuse('INVALID_REQUEST', 'changes.siteIds.to', 'A record belongs to one site at least')
  const had = isList(from) ? from : []
  const touched = [...to.filter((id) => !had.includes(id)), ...had.filter((id) => !to.includes(id))]
  return touched.every((id) => actor.siteIds.includes(id as number))
    ? undefined
    : refuse('SITE_NOT_ALLOWED', 'changes.siteIds', message)
}

/** Rules that hold over several fields. */
export const brokenRule = (type: WritableType, doc: RecordDoc): Refusal | undefined => {
  if (type === 'appointment') return orderRefusal(doc, 'changes')
  return type === 'treatment' ? lineRefusal(doc, 'changes') : undefined
}
