/** What a closed accounting period refuses (I5): nothing that counts as money is written with a date in it. Pure. */
import type { EditItem } from '../contract/upload.ts'
import { same } from '../merge/canonical.ts'
import { refuse, type Refusal, type WritableType } from '../write/items.ts'
import type { Accounting } from './accounting.ts'

/** The field that dates a record of money. */
const dateField: Partial<Record<WritableType, string>> = { treatment: 'treatedAt', payment: 'takenAt' }

/** Whether records of this type are dated for the books. */
export const isBooked = (type: WritableType): boolean => dateField[type] !== undefined

/** What of a treatment counts as money; its clinical texts may be mended at any time. */
const moneyFields = [
  ...['code', 'description', 'quantity', 'unitPrice', 'fixedPrice', 'currency', 'vatRate'],
  ...['treatedAt', 'voided'],
]

type Books = Pick<Accounting, 'closedBefore' | 'openFrom'>

const isClosed = ({ openFrom }: Books, at: unknown): boolean => Date.parse(String(at)) < openFrom

/** What corrects a record in a closed period. */
const correction: Partial<Record<WritableType, string>> = {
  treatment: 'a new entry, e.g. with a negative quantity',
  payment: 'a reversal, or another payment, dated in the open period',
}

const closed = ({ closedBefore }: Books, type: WritableType, path: string): Refusal =>
  refuse(
    'PERIOD_CLOSED',
    path,
    `The books are closed for what is dated before ${String(closedBefore)}. Record it with a later date; ` +
      `what is wrong in a closed period is corrected by ${correction[type]}`,
  )

/** Why a new record cannot be dated as it is. */
export const closedCreation = (
  books: Books,
  type: WritableType,
  data: Record<string, unknown>,
): Refusal | undefined => {
  const field = dateField[type]
  return field !== undefined && isClosed(books, data[field])
    ? closed(books, type, `data.${field}`)
    : undefined
}

/** Why a record cannot be changed like this. */
export const closedEdit = (
  books: Books,
  type: WritableType,
  doc: Record<string, unknown>,
  changes: EditItem['changes'],
): Refusal | undefined => {
  const field = dateField[type]
  if (field === undefined) return undefined
  const says = (name: string): boolean =>
    Object.hasOwn(changes, name) &&
    !same(changes[name]?.to, doc[name]) &&
    !same(changes[name]?.from, changes[name]?.to)
  const told = moneyFields.find(says)
  if (told === undefined) return undefined
  if (isClosed(books, doc[field])) return closed(books, type, `changes.${told}`)
  return says(field) && isClosed(books, changes[field]?.to)
    ? closed(books, type, `changes.${field}`)
    : undefined
}
