/** Documents without the personal data in them. Pure: the same document is erased alike on every server. */
import { same } from '../merge/canonical.ts'
import type { StoredDoc } from '../store/port.ts'
import { typeOf, type Replicated } from '../write/document.ts'
import { fieldsErased } from './policy.ts'

/** When a record was erased; kept in it, and shown to nobody. */
export const erasedAt = (doc: Readonly<Record<string, unknown>> | undefined): string | undefined => {
  const at = doc?.['erased']
  return typeof at === 'string' ? at : undefined
}

/** Fields that may not be written again: of a client all, of other records those that were erased. */
export const isClosed = (type: string, doc: Readonly<Record<string, unknown>>, field: string): boolean =>
  erasedAt(doc) !== undefined && (type === 'client' || Object.hasOwn(fieldsErased(type), field))

/**
 * A record without its personal data and the values that merge kept beside it.
 * @param at when it was erased, ISO 8601
 */
export const erased = (doc: StoredDoc, at: string): StoredDoc => {
  const type = typeOf(doc._id)
  const fields = fieldsErased(type)
  const { clocks, replicated, cancellation, ...rest } = doc
  const next: StoredDoc = { ...rest, ...fields, erased: erasedAt(doc) ?? at }
  if (type === 'client') {
    // Marks of what was once sent tell of short values to whoever tries them all.
    for (const field of ['sent', 'applied']) delete next[field]
    return { ...next, deactivated: true }
  }
  if (cancellation !== undefined)
    next['cancellation'] = cancellation === null ? null : { ...cancellation, note: null }
  const open = withoutFields(clocks, fields)
  if (open && Object.keys(open).length > 0) next['clocks'] = open
  const shown = (replicated as Replicated | undefined)?.bases ?? []
  const bases = shown.map((base) => ({ ...base, showed: withoutFields(base.showed, fields) ?? {} }))
  return bases.length > 0 ? { ...next, replicated: { bases } } : next
}

const withoutFields = (
  given: unknown,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined =>
  given === undefined
    ? undefined
    : Object.fromEntries(Object.entries(given as object).filter(([name]) => !Object.hasOwn(fields, name)))

/** The erased record, or undefined where it is so already. */
export const toErase = (doc: StoredDoc, at: string): StoredDoc | undefined => {
  const next = erased(doc, at)
  return same(next, doc) ? undefined : next
}

/** A history entry of a record, without the values of erased fields; undefined where it holds none. */
export const historyToErase = (doc: StoredDoc): StoredDoc | undefined => {
  const fields = fieldsErased(String(doc['recordType']))
  const emptied = (given: unknown, empty: unknown): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(given ?? {}).map(([name, value]) => [
        name,
        Object.hasOwn(fields, name) ? empty : (value as unknown),
      ]),
    )
  const next = {
    ...doc,
    changes: emptied(doc['changes'], { from: null, to: null }),
    replaced: emptied(doc['replaced'], null),
    ...(doc['recordType'] === 'client' ? { mark: '' } : {}),
  }
  return same(next, doc) ? undefined : next
}

/** A former state of a record (`past:…`), without the values of erased fields. */
export const pastToErase = (doc: StoredDoc, at: string): StoredDoc | undefined => {
  const record = doc['record'] as Record<string, unknown> | undefined
  const stored = { ...record, _id: `${String(doc['recordType'])}:${String(doc['recordId'])}`, _rev: '' }
  const { _id, _rev, erased: _at, ...fields } = erased(stored, at)
  const next = { ...doc, record: fields }
  return same(next, doc) ? undefined : next
}
