/**
 * Issuing invoices. It takes several documents, and no store writes them together, so it goes: a draft that names the
 * treatments → each treatment put on it (claim.ts) → its number (numbers.ts) → the invoice with its lines, which is
 * the commit. Each step can be taken again by anybody and changes nothing the second time; a draft that a crash left
 * is found by the index (`invoice.unfinished`) and finished by whoever reads invoices next.
 */
import type { InvoiceKind, InvoiceLine } from '../contract/practice-records.ts'
import type { Database, StoredDoc } from '../store/port.ts'
import { docId, type RecordDoc } from '../write/document.ts'
import { makeRecord, reviseRecord, type Writing } from '../write/revise.ts'
import { claimTreatments, type Claimed } from './claim.ts'
import { lineOf, totalsOf } from './lines.ts'
import { takeNumber } from './numbers.ts'

/** An invoice as it is stored; without lines and number while it is a draft. */
export interface InvoiceDoc extends RecordDoc {
  kind: InvoiceKind
  state: 'DRAFT' | 'ISSUED' | 'CANCELLED'
  /** The treatments that were asked for; what is on the invoice, its lines say. */
  planned: string[]
  siteId: number
  clientId: string
  currency: string
  lines: InvoiceLine[]
}

export interface InvoiceOrder {
  groupId: number
  id: string
  kind: InvoiceKind
  siteId: number
  siteIds: readonly number[]
  clientId: string
  treatmentIds: readonly string[]
  currency: string
  /** UTC */
  issuedAt: string
  /** Of a credit note. */
  creditOf: string | null
  reason: string | null
  lines: readonly InvoiceLine[]
}

export interface Issued {
  /** Undefined where there was nothing left to put on it. */
  invoice: InvoiceDoc | undefined
  leftOut: Claimed['leftOut']
}

/** Issues an invoice; one that stands under its id already is finished, or given back as it is. */
export const issueInvoice = async (db: Database, order: InvoiceOrder, writing: Writing): Promise<Issued> => {
  const { groupId, id, siteIds, treatmentIds, ...rest } = order
  const fields = { ...rest, state: 'DRAFT', planned: [...treatmentIds], number: null }
  await makeRecord(db, { groupId, type: 'invoice', id, siteIds, fields }, writing)
  return await finishInvoice(db, id, writing)
}

/** Takes a draft to its end; what is issued is given back as it is. */
export const finishInvoice = async (db: Database, id: string, writing: Writing): Promise<Issued> => {
  const draft = (await db.get(docId('invoice', id))) as InvoiceDoc | undefined
  if (draft?.state !== 'DRAFT')
    return { invoice: draft?.state === 'ISSUED' ? draft : undefined, leftOut: leftOutOf(draft) }
  const { lines, leftOut } = await linesFor(db, draft, id, writing)
  if (lines.length === 0) {
    await write(db, id, { state: 'CANCELLED', leftOut }, writing)
    return { invoice: undefined, leftOut }
  }
  const number = await takeNumber(db, { groupId: draft.groupId, series: draft.kind, id }, writing)
  const prefix = draft.kind === 'INVOICE' ? 'INV' : 'CN'
  const reference = `${prefix}-${String(number).padStart(6, '0')}`
  const issued = { state: 'ISSUED', number, reference, ...totalsOf(lines), leftOut }
  return { invoice: await write(db, id, issued, writing), leftOut }
}

const leftOutOf = (doc: StoredDoc | undefined): Claimed['leftOut'] =>
  (doc?.['leftOut'] as Claimed['leftOut'] | undefined) ?? []

const linesFor = async (
  db: Database,
  { kind, planned, lines }: InvoiceDoc,
  id: string,
  { at }: Writing,
): Promise<{ lines: InvoiceLine[]; leftOut: Claimed['leftOut'] }> => {
  if (kind === 'CREDIT_NOTE') return { lines, leftOut: [] }
  const { mine, leftOut } = await claimTreatments(db, { invoiceId: id, treatmentIds: planned }, at)
  const codes = [...new Set(mine.map((doc) => doc['code']).filter((code) => typeof code === 'string'))]
  const known = await db.getMany(codes.map((code) => docId('treatmentCode', code)))
  const names = new Map(codes.map((code, i) => [code, nameOf(known[i]) ?? code]))
  const inOrder = mine.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
  return { lines: inOrder.map((doc) => lineOf(doc, names.get(String(doc['code'])) ?? '')), leftOut }
}

const placeOf = (doc: StoredDoc): string => `${new Date(String(doc['treatedAt'])).toISOString()} ${doc._id}`

/** Commits, unless somebody else has. An invoice that was given up for want of lines may still be issued. */
const write = async (
  db: Database,
  id: string,
  fields: Record<string, unknown>,
  writing: Writing,
): Promise<InvoiceDoc> => {
  const change = (doc: RecordDoc): Record<string, unknown> | undefined =>
    doc['state'] === 'ISSUED' || doc['state'] === fields['state'] ? undefined : fields
  const revised = await reviseRecord(db, { type: 'invoice', id, change }, writing)
  if (revised.outcome === 'missing') throw new Error('An invoice was removed while it was issued')
  return revised.doc as InvoiceDoc
}

const nameOf = (doc: StoredDoc | undefined): string | undefined =>
  typeof doc?.['name'] === 'string' ? doc['name'] : undefined
