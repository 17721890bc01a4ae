/**
 * The server's copies of what it refused (I4) hold nothing of a client whose data was erased: what arrives too late is
 * refused, and its copy says which item it was and no more. What is clinical or money keeps all but words about them.
 */
import { erasedAt } from '../erasure/erased.ts'
import { fieldsErased } from '../erasure/policy.ts'
import type { Database } from '../store/port.ts'
import { docId } from './document.ts'

interface Rejection {
  recordType: unknown
  item: unknown
}

const textIn = (value: unknown, ...path: readonly string[]): string | undefined => {
  let at: unknown = value
  for (const step of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined
  return typeof at === 'string' && at !== '' ? at : undefined
}

/** Stored ids of what an item is about: the record itself, and the client that it names. */
const aboutOf = ({ recordType, item }: Rejection): string[] => {
  const own = textIn(item, 'id') ?? textIn(item, 'clientItemId')
  const client = textIn(item, 'data', 'clientId') ?? textIn(item, 'changes', 'clientId', 'to')
  const foreign = textIn(item, 'clientId')
  return [
    ...(own === undefined ? [] : [docId(String(recordType), own)]),
    ...[client, foreign].flatMap((id) => (id === undefined ? [] : [docId('client', id)])),
  ]
}

/** What stays of an item: of a client or an appointment its ids, of a payment all but its notes, the rest whole. */
export const emptiedItem = (recordType: unknown, item: unknown): unknown => {
  if (recordType === 'client' || recordType === 'appointment') return bareItem(item)
  if (recordType !== 'payment' || typeof item !== 'object' || item === null) return item
  const { data, notes: _notes, ...rest } = item as Record<string, unknown>
  return typeof data === 'object' && data !== null
    ? { ...rest, data: { ...data, ...fieldsErased('payment') } }
    : rest
}

const bareItem = (item: unknown): Record<string, string> =>
  Object.fromEntries(
    ['clientItemId', 'id', 'editedAt'].flatMap((field) => {
      const value = textIn(item, field)
      return value === undefined ? [] : [[field, value]]
    }),
  )

/** Rejections, those about erased clients and their erased records without what they said. */
export const withoutErased = async <R extends Rejection>(db: Database, docs: readonly R[]): Promise<R[]> => {
  const about = docs.map(aboutOf)
  const ids = [...new Set(about.flat())]
  const found = ids.length > 0 ? await db.getMany(ids) : []
  const gone = new Set(ids.filter((_, i) => erasedAt(found[i]) !== undefined))
  return docs.map((doc, i) =>
    about[i]?.some((id) => gone.has(id)) ? { ...doc, item: emptiedItem(doc.recordType, doc.item) } : doc,
  )
}
