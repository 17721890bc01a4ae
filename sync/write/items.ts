/** Items as they come in: each checked by itself, so that a bad one harms no other (I4). */
import { z } from 'zod'
import { faultInWords } from '../contract/fault-words.ts'
import { documentData, uploadable, type UploadableType } from '../contract/records.ts'
import { policyOf } from '../merge/policy.ts'
import {
  createItem,
  editItem,
  type CreateItem,
  type EditItem,
  type ItemError,
  type UploadResult,
} from '../contract/upload.ts'

/** The types the write path takes: what devices upload as items, and documents' metadata. */
export type WritableType = UploadableType | 'document'

const dataShapes: Record<WritableType, z.ZodType<Record<string, unknown>>> = {
  ...uploadable,
  document: documentData,
}

export interface Creation {
  kind: 'create'
  index: number
  clientItemId: string
  recordId: string
  editedAt: number
  data: Record<string, unknown>
  raw: unknown
}

export interface Editing {
  kind: 'edit'
  index: number
  clientItemId: string
  recordId: string
  editedAt: number
  baseRevision: string | null
  changes: EditItem['changes']
  raw: unknown
}

export type Item = Creation | Editing

/** An item that is refused, with the reasons. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly errors: ItemError[]
  readonly retryable: boolean
  constructor(errors: ItemError[], retryable = false) {
    super(errors.map((e) => `${e.code} at ${e.path}`).join('; '))
    this.errors = errors
    this.retryable = retryable
  }
}

export const refuse = (code: string, path: string, message: string, retryable = false): Refusal =>
  new Refusal([{ code, path, message }], retryable)

const faults = (error: z.ZodError, prefix: string[], value: unknown): Refusal =>
  new Refusal(
    error.issues.slice(0, 20).map((issue) => {
      const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
      return {
        code: unknown.length > 0 ? 'UNKNOWN_FIELD' : 'INVALID_REQUEST',
        path: [...prefix, ...issue.path, ...unknown].join('.'),
        message: unknown.length > 0 ? 'is not a field of this record' : faultInWords(issue, value),
      }
    }),
  )

// JSON.stringify writes half a surrogate pair as \udXXX; an even number of backslashes before it are the text's own.
const halfPair = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g

/** The value with U+FFFD for each half of a surrogate pair, which no store can keep. */
export const wellFormed = (value: unknown): unknown => {
  const json = JSON.stringify(value) ?? 'null'
  return json.includes('\\ud') ? (JSON.parse(json.replace(halfPair, '$1\uFFFD')) as unknown) : value
}

/** Characters of an item's JSON. */
export const longestItem = 500_000

/** As JSON a character takes up to six. */
const mostEscaped = 6
/** More than a number, a word or the marks around and between values take. */
const mostOther = 30

/** What a value's JSON surely leaves of `room` characters; below 0 also where a text in it is not well-formed. */
const roomAfter = (value: unknown, room: number): number => {
  if (room < 0) return room
  if (typeof value === 'string')
    return value.isWellFormed() ? room - mostEscaped * value.length - mostOther : -1
  let left = room - mostOther
  if (typeof value !== 'object' || value === null) return left
  // By name, without the pairs of `Object.entries`: it is done for every value of every item.
  for (const name of Object.keys(value))
    left = roomAfter((value as Record<string, unknown>)[name], roomAfter(name, left))
  return left
}

/** Why an item's text cannot be kept, if it cannot. */
const textRefusal = (raw: unknown): Refusal | undefined => {
  const json = JSON.stringify(raw) ?? 'null'
  if (json.length > longestItem)
    return refuse('BODY_TOO_LARGE', '', `An item holds up to ${longestItem} characters`)
  if (json.includes('\\ud') && JSON.stringify(wellFormed(raw)) !== json)
    return refuse('INVALID_REQUEST', '', 'Some text holds half of a surrogate pair (broken UTF-16)')
  return undefined
}

/** The item, or why it is refused. */
export const parseItem = (type: WritableType, raw: unknown, index: number): Item | Refusal => {
  const refusal = roomAfter(raw, longestItem) >= 0 ? undefined : textRefusal(raw)
  if (refusal) return refusal
  const isEdit = typeof raw === 'object' && raw !== null && Object.hasOwn(raw, 'changes')
  return isEdit ? parseEdit(type, raw, index) : parseCreation(type, raw, index)
}

/** A device may send a record as it has it: the fields that the server keeps say nothing where they are empty. */
const withoutServed = (type: WritableType, { clientItemId, data }: CreateItem): Record<string, unknown> => {
  const empty = Object.keys(data).filter((field) => {
    const value = data[field]
    if (field === 'id') return value === clientItemId
    if (value !== null && value !== false && !isEmptyObject(value)) return false
    const policy = policyOf(type, field)
    return type !== 'document' && (policy === 'served' || policy === 'oneWay')
  })
  if (empty.length === 0) return data
  return Object.fromEntries(Object.entries(data).filter(([field]) => !empty.includes(field)))
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0

const parseCreation = (type: WritableType, raw: unknown, index: number): Creation | Refusal => {
  const item = createItem.safeParse(raw)
  if (!item.success) return faults(item.error, [], raw)
  const data = dataShapes[type].safeParse(withoutServed(type, item.data))
  if (!data.success) return faults(data.error, ['data'], item.data.data)
  const { clientItemId, editedAt } = item.data
  return {
    kind: 'create',
    index,
    clientItemId,
    recordId: clientItemId,
    editedAt: Date.parse(editedAt),
    data: data.data,
    raw,
  }
}

const parseEdit = (type: WritableType, raw: unknown, index: number): Editing | Refusal => {
  const item = editItem.safeParse(raw)
  if (!item.success) return faults(item.error, [], raw)
  const { clientItemId, id, baseRevision, editedAt, changes } = item.data
  const checked = checkChanges(type, changes)
  if (checked instanceof Refusal) return checked
  const at = Date.parse(editedAt)
  return {
    kind: 'edit',
    index,
    clientItemId,
    recordId: id,
    editedAt: at,
    baseRevision,
    changes: checked,
    raw,
  }
}

/** Texts that merge joined are longer than any that one person may write. */
const mergedText = z.string().max(200_000).nullable()

/** Checks each `to` by the field's own shape; `voided` takes a reason. */
const checkChanges = (type: WritableType, changes: EditItem['changes']): EditItem['changes'] | Refusal => {
  const shape = (dataShapes[type] as unknown as z.ZodObject).shape as Record<string, z.ZodType>
  const checked: EditItem['changes'] = {}
  for (const [field, change] of Object.entries(changes)) {
    if (field === 'voided') {
      checked[field] = change
      continue
    }
    const fieldShape = Object.hasOwn(shape, field) ? shape[field] : undefined
    if (!fieldShape) return refuse('UNKNOWN_FIELD', `changes.${field}`, `There is no field "${field}"`)
    const to = (policyOf(type, field) === 'text' ? mergedText : fieldShape).safeParse(change.to)
    if (!to.success) return faults(to.error, ['changes', field, 'to'], change.to)
    checked[field] = { from: change.from, to: to.data }
  }
  return checked
}

/** A whole record from outside, every field by its own shape and the absent ones as a creation leaves them. */
export const parseWhole = (
  type: WritableType,
  fields: Record<string, unknown>,
): Record<string, unknown> | Refusal => {
  const shape = dataShapes[type] as unknown as z.ZodObject
  const texts = Object.keys(shape.shape).filter((field) => policyOf(type, field) === 'text')
  const longer = shape.extend(Object.fromEntries(texts.map((field) => [field, mergedText.default(null)])))
  const parsed = longer.safeParse(fields)
  return parsed.success ? parsed.data : faults(parsed.error, [], fields)
}

/** What a device is told of a refused item. */
export const rejected = (raw: unknown, refusal: Refusal, record?: Record<string, unknown>): UploadResult => {
  const ids = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>
  const text = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, 100) : null)
  return {
    clientItemId: text(ids['clientItemId']),
    id: text(ids['id']) ?? text(ids['clientItemId']),
    revision: typeof record?.['revision'] === 'string' ? record['revision'] : null,
    outcome: 'REJECTED',
    errors: refusal.errors,
    retryable: refusal.retryable,
    ...(record ? { record } : {}),
  }
}
