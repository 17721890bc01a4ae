/** Invoices as the API gives them, and the making of new ones from treatments. */
import type { Invoice } from '../../../sync/contract/practice-records.ts'
import { accountingOf } from '../../../sync/billing/accounting.ts'
import { finishInvoice, issueInvoice, type InvoiceDoc, type Issued } from '../../../sync/billing/issue.ts'
import { currencyOf, invoiceOfTreatment, notInvoiceable } from '../../../sync/billing/lines.ts'
import { finishBilling } from '../../../sync/billing/unfinished.ts'
import { isProspect } from '../../../sync/clients/is-prospect.ts'
import { visible } from '../../../sync/feed/present.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { apiRecord, bareId, docId } from '../../../sync/write/document.ts'
import type { Writing } from '../../../sync/write/revise.ts'
import { fail } from '../../http/problem.ts'
import { openTreatmentsOf, payersOf } from './open-treatments.ts'

const fields = [
  ...['id', 'groupId', 'revision', 'createdAt', 'modifiedAt', 'siteId', 'siteIds', 'clientId', 'kind'],
  ...['number', 'reference', 'issuedAt', 'currency', 'lines', 'vatSummary', 'net', 'vat', 'gross'],
  ...['creditOf', 'reason'],
] as const

/** An issued invoice or credit note. */
export const invoiceOf = (doc: StoredDoc): Invoice => {
  const record = apiRecord(doc)
  return Object.fromEntries(fields.map((field) => [field, record[field] ?? null])) as unknown as Invoice
}

/** An invoice has at most this many lines. */
export const maxLines = 500

export interface NewInvoice {
  /** Its id for good: the same again is the same invoice. */
  id: string
  clientId: string
  siteId: number
  /** Undefined: all of the client's that can be invoiced. */
  treatmentIds: readonly string[] | undefined
  /** Undefined: now. */
  issuedAt: string | undefined
  /** The sites that the caller may see. */
  actor: { siteIds: readonly number[] }
}

/**
 * Issues an invoice. Fails with UNKNOWN_REFERENCE, PROSPECT_NOT_REGISTERED, PERIOD_CLOSED, NOT_INVOICEABLE,
 * ALREADY_INVOICED or NOTHING_TO_INVOICE.
 */
export const makeInvoice = async (
  group: Group,
  request: NewInvoice,
  writing: Writing,
): Promise<{ invoice: Invoice; leftOut: Issued['leftOut'] }> => {
  const { db, groupId } = group
  const { id, clientId, siteId } = request
  if (await db.get(docId('invoice', id))) return answer(await finishInvoice(db, id, writing))
  await finishBilling(group, writing.at)
  const client = await db.get(docId('client', clientId))
  if (!client || !visible(client, request.actor))
    return fail('UNKNOWN_REFERENCE', { errors: [{ path: 'clientId', message: 'is not known' }] })
  if (isProspect(client)) return fail('PROSPECT_NOT_REGISTERED')
  const issuedAt = await issueTime(group, request.issuedAt, writing.at)
  const treatments = await chosen(group, request)
  const { currency: fallback } = await accountingOf(db)
  const currency = treatments[0] ? currencyOf(treatments[0], fallback) : fallback
  const alike = treatments.filter((doc) => currencyOf(doc, fallback) === currency)
  if (request.treatmentIds && alike.length < treatments.length)
    fail('NOT_INVOICEABLE', { detail: 'The treatments are in several currencies; make an invoice for each.' })
  if (alike.length === 0) return fail('NOTHING_TO_INVOICE')
  const siteIds = [...new Set([siteId, ...((client['siteIds'] as number[] | undefined) ?? [])])]
  const treatmentIds = alike.slice(0, maxLines).map((doc) => bareId(doc._id))
  const order = {
    ...({ groupId, id, kind: 'INVOICE', siteId, clientId, treatmentIds, currency, issuedAt } as const),
    ...{ siteIds: siteIds.sort((a, b) => a - b), creditOf: null, reason: null, lines: [] },
  }
  return answer(await issueInvoice(db, order, writing))
}

const answer = ({ invoice, leftOut }: Issued): { invoice: Invoice; leftOut: Issued['leftOut'] } => {
  if (invoice) return { invoice: invoiceOf(invoice satisfies InvoiceDoc), leftOut }
  return leftOut.some(({ invoiceId }) => invoiceId !== null)
    ? fail('ALREADY_INVOICED', { extra: { leftOut } })
    : fail('NOTHING_TO_INVOICE')
}

/** Clocks of callers may be ahead of ours by this much (ms). */
const aheadMs = 300_000

const issueTime = async (group: Group, given: string | undefined, now: number): Promise<string> => {
  const at = given === undefined ? now : Date.parse(given)
  if (at > now + aheadMs)
    return fail('INVALID_REQUEST', { errors: [{ path: 'issuedAt', message: 'must not be in the future' }] })
  const { openFrom, closedBefore } = await accountingOf(group.db)
  return at < openFrom
    ? fail('PERIOD_CLOSED', { detail: `The books are closed for what is dated before ${closedBefore}.` })
    : new Date(at).toISOString()
}

const chosen = async (group: Group, request: NewInvoice): Promise<StoredDoc[]> => {
  const { clientId, treatmentIds, actor } = request
  if (!treatmentIds)
    return (await openTreatmentsOf(group, clientId)).filter((doc) => notInvoiceable(doc) === null)
  const docs = await group.db.getMany(treatmentIds.map((id) => docId('treatment', id)))
  const path = (i: number): string => `treatmentIds.${i}`
  const found = docs.map((doc, i) => {
    if (doc && visible(doc, actor)) return doc
    return fail('UNKNOWN_REFERENCE', { errors: [{ path: path(i), message: 'is not known' }] })
  })
  const taken = found.filter((doc) => invoiceOfTreatment(doc) !== null)
  if (taken.length > 0)
    fail('ALREADY_INVOICED', {
      extra: {
        leftOut: taken.map((doc) => ({ treatmentId: bareId(doc._id), invoiceId: invoiceOfTreatment(doc) })),
      },
    })
  const payers = await payersOf(group, found)
  const errors = found.flatMap((doc, i) => {
    const message = payers[i] === clientId ? notInvoiceable(doc) : 'is not of an animal of this client'
    return message === null ? [] : [{ path: path(i), message }]
  })
  return errors.length > 0 ? fail('NOT_INVOICEABLE', { errors }) : found
}
