/** A foreign client's document as an item of the one write path: what it makes, or what it changes on its base. */
import { same } from '../../merge/canonical.ts'
import { changesBetween } from '../../merge/changes.ts'
import { hashUuid } from '../../merge/hash.ts'
import { policyOf } from '../../merge/policy.ts'
import { bareId } from '../../write/document.ts'
import { leftToServer } from '../../write/create.ts'
import { parseWhole, refuse, Refusal, type WritableType } from '../../write/items.ts'

/** What a client's document says, checked; and the item that says it to the write path. */
export interface Said {
  item: Record<string, unknown>
  /** Every field of the record as the client has it. */
  whole: Record<string, unknown>
}

export interface SaidRequest {
  type: WritableType
  storedId: string
  /** The document's fields as the client sent them. */
  body: Readonly<Record<string, unknown>>
  /** What the edit is based on; undefined for a new record. */
  base: { values: Record<string, unknown>; revision: string | null } | undefined
  /** Names this edit for ever. */
  editName: string
  /** ms since the epoch */
  at: number
}

/** The fields that are a client's to say. What the server keeps may come back, and means nothing. */
const ownFields = (type: WritableType, body: SaidRequest['body']): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(body).filter(([field]) => {
      if (field === 'type' || field === 'voided') return field === 'voided' && type !== 'treatment'
      return policyOf(type, field) !== 'served'
    }),
  )

/** The item, or why there can be none. */
export const saidBy = (request: SaidRequest): Said | Refusal => {
  const { type, storedId, body, base, editName, at } = request
  const id = bareId(storedId)
  if (body['type'] !== undefined && body['type'] !== type)
    return refuse('INVALID_REQUEST', 'type', `is ${type} by this document's id`)
  const own = ownFields(type, body)
  const whole = parseWhole(type, own)
  if (whole instanceof Refusal) return whole
  const editedAt = new Date(at).toISOString()
  if (!base) {
    if (type === 'document')
      return refuse('INVALID_REQUEST', '_id', 'A document is made by uploading its file')
    if ((body['voided'] ?? null) !== null)
      return refuse('INVALID_REQUEST', 'voided', 'A treatment is recorded first, and voided then')
    return { item: { clientItemId: id, editedAt, data: own }, whole }
  }
  const changes = changesOf(request, base.values, own, whole)
  const clientItemId = hashUuid(`${storedId}\n${editName}`)
  return { item: { clientItemId, id, baseRevision: base.revision, editedAt, changes }, whole }
}

const changesOf = (
  { type, body }: SaidRequest,
  before: Record<string, unknown>,
  own: Record<string, unknown>,
  whole: Record<string, unknown>,
): ReturnType<typeof changesBetween> => {
  // A stored field may say less than its shape's defaults do: what says the same is no change.
  const said = parseWhole(type, ownFields(type, before))
  const normal = said instanceof Refusal ? before : said
  const after = { ...whole }
  for (const [field, value] of Object.entries(whole)) {
    const left = !Object.hasOwn(own, field) && leftToServer(field, value)
    if (left || same(value, normal[field])) after[field] = before[field] ?? null
  }
  if (type === 'treatment') after['voided'] = body['voided'] ?? null
  return changesBetween(type, before, after)
}
