/** New records: what the server adds to what a device sent. */
import type { Actor } from '../actor.ts'
import { isProspect } from '../clients/is-prospect.ts'
import { erasedAt } from '../erasure/erased.ts'
import { fieldsErased } from '../erasure/policy.ts'
import type { StoredDoc } from '../store/port.ts'
import { markOf } from './mark.ts'
import { docId, schemaVersion, type NewRecordDoc } from './document.ts'
import { refuse, type Creation, type Refusal, type WritableType } from './items.ts'
import { rateFields, ratesAt } from './rates.ts'
import type { References } from './references.ts'

export interface CreateContext {
  groupId: number
  actor: Actor
  /** When it came in, by the server's clock. */
  now: string
  /** When the item was made, as far as the device's clock can be believed; ms since the epoch. */
  madeAt: () => number
  references: References
}

const filled = new Set([
  'siteIds',
  'clientId',
  'practitionerId',
  'unitPrice',
  'fixedPrice',
  'currency',
  'vatRate',
])

/** Whether a creation left a field out that the server fills: it says nothing about the field then. */
export const leftToServer = (field: string, value: unknown): boolean =>
  filled.has(field) && (value === null || (Array.isArray(value) && value.length === 0))

/** `fields`: what the record has beside the data as it was sent, or in place of it. */
type Built = { siteIds: number[]; fields: Record<string, unknown> } | Refusal

const sitesOf = (doc: StoredDoc | undefined): number[] =>
  Array.isArray(doc?.['siteIds']) ? (doc['siteIds'] as number[]) : []
const union = (sites: number[], more: number[]): number[] => {
  const all = [...sites, ...more]
  return all.length < 2 ? all : [...new Set(all)].sort((a, b) => a - b)
}

const siteRefusal = (siteIds: readonly unknown[], actor: Actor, path: string): Refusal | undefined =>
  siteIds.every((id) => actor.siteIds.includes(id as number))
    ? undefined
    : refuse('SITE_NOT_ALLOWED', path, 'This site is not one of yours')

/** The sites of who makes a record that names none. A record of no site would be shown to nobody. */
const ownSites = ({ siteIds }: Actor, path: string): number[] | Refusal =>
  siteIds.length > 0 ? [...siteIds] : refuse('SITE_NOT_ALLOWED', path, 'You work at no site')

const appointment = ({ data }: Creation, { actor, madeAt }: CreateContext): Built => {
  const refusal = siteRefusal([data['siteId']], actor, 'data.siteId') ?? orderRefusal(data, 'data')
  if (refusal) return refusal
  const statusTimes = { [String(data['status'])]: new Date(madeAt()).toISOString() }
  const fields = { statusTimes, onlineBooking: false, clash: null }
  return { siteIds: [data['siteId'] as number], fields }
}

/** An appointment ends after it starts. */
export const orderRefusal = (
  values: Record<string, unknown>,
  prefix: 'data' | 'changes',
): Refusal | undefined =>
  Date.parse(String(values['endsAt'])) > Date.parse(String(values['startsAt']))
    ? undefined
    : refuse('INVALID_REQUEST', `${prefix}.endsAt`, 'must be after startsAt')

const treatment = ({ data }: Creation, { actor, references }: CreateContext): Built => {
  const refusal = lineRefusal(data, 'data')
  if (refusal) return refusal
  const code = references.get('treatmentCode', data['code'])
  const fields: Record<string, unknown> = {
    practitionerId: data['practitionerId'] ?? actor.practitionerId,
    invoiceId: null,
    voided: null,
  }
  if (code) {
    const rates = ratesAt(code, data['treatedAt'])
    for (const field of rateFields) fields[field] = data[field] ?? rates[field]
  }
  const appointmentSites = sitesOf(references.get('appointment', data['appointmentId']))
  return { siteIds: union(sitesOf(references.get('animal', data['animalId'])), appointmentSites), fields }
}

/** A line is of a code, or described with its VAT rate. */
export const lineRefusal = (
  values: Record<string, unknown>,
  prefix: 'data' | 'changes',
): Refusal | undefined => {
  if (values['code'] !== null) return undefined
  if (values['description'] === null)
    return refuse('INVALID_REQUEST', `${prefix}.code`, 'Give a treatment code or a description')
  return values['vatRate'] === null
    ? refuse('INVALID_REQUEST', `${prefix}.vatRate`, 'A treatment without a code needs its VAT rate')
    : undefined
}

/** A reversal takes back the whole of one payment; what is right is then recorded as a new payment. */
const reversalRefusal = (data: Record<string, unknown>, original: StoredDoc): Refusal | undefined => {
  if (original['clientId'] !== data['clientId'])
    return refuse('INVALID_REQUEST', 'data.reversalOf', 'That payment is another client’s')
  if ((original['reversalOf'] ?? null) !== null)
    return refuse('INVALID_REQUEST', 'data.reversalOf', 'That is a reversal itself; record a new payment')
  if (data['currency'] !== original['currency'])
    return refuse(
      'INVALID_REQUEST',
      'data.currency',
      `must be ${String(original['currency'])}, as of the payment`,
    )
  const amount = -Number(original['amount'])
  return data['amount'] === amount
    ? undefined
    : refuse('INVALID_REQUEST', 'data.amount', `must be ${amount}: a reversal takes back the whole payment`)
}

/** What a payment says it is for: invoices of this client and currency, each once, and together no more than it is. */
const allocationRefusal = (data: Record<string, unknown>, references: References): Refusal | undefined => {
  const said = data['allocations'] as { invoiceId: string; amount: number }[] | null
  if (said === null) return undefined
  const path = 'data.allocations'
  if (data['reversalOf'] !== null)
    return refuse(
      'INVALID_REQUEST',
      path,
      'A reversal takes the payment off its invoices by itself; leave it out',
    )
  if (said.some(({ amount }) => amount <= 0))
    return refuse('INVALID_REQUEST', path, 'Each amount must be positive')
  if (new Set(said.map(({ invoiceId }) => invoiceId)).size < said.length)
    return refuse('INVALID_REQUEST', path, 'Name each invoice once')
  if (said.reduce((sum, { amount }) => sum + amount, 0) > (data['amount'] as number))
    return refuse('OVER_ALLOCATED', path, 'The amounts come to more than the payment')
  const invoices = said.map(({ invoiceId }) => references.get('invoice', invoiceId))
  if (invoices.some((doc) => doc?.['clientId'] !== data['clientId'] || doc?.['kind'] !== 'INVOICE'))
    return refuse('INVALID_REQUEST', path, 'Name invoices of this client')
  return invoices.every((doc) => doc?.['currency'] === data['currency'])
    ? undefined
    : refuse('INVALID_REQUEST', path, 'An invoice is in another currency')
}

const payment = ({ data }: Creation, { references }: CreateContext): Built => {
  const original = references.get('payment', data['reversalOf'])
  const refusal = original ? reversalRefusal(data, original) : undefined
  if (refusal) return refusal
  if ((data['amount'] as number) < 0 && !original)
    return refuse('INVALID_REQUEST', 'data.amount', 'must be positive, but for a reversal (reversalOf)')
  const allocated = allocationRefusal(data, references)
  if (allocated) return allocated
  const appointmentSites = sitesOf(references.get('appointment', data['appointmentId']))
  const sites =
    appointmentSites.length > 0 ? appointmentSites : sitesOf(references.get('client', data['clientId']))
  // Nobody is to be told of in words whose data was erased while the payment was on its way.
  const said = erasedAt(references.get('client', data['clientId'])) ? fieldsErased('payment') : {}
  return { siteIds: sites, fields: said }
}

const client = ({ data }: Creation, { actor }: CreateContext): Built => {
  const given = data['siteIds'] as number[]
  const siteIds = given.length > 0 ? given : ownSites(actor, 'data.siteIds')
  if (siteIds instanceof Error) return siteIds
  return siteRefusal(siteIds, actor, 'data.siteIds') ?? { siteIds, fields: { siteIds } }
}

const animal = ({ data }: Creation, { actor, references }: CreateContext): Built => {
  const given = data['siteIds'] as number[]
  const siteIds = given.length > 0 ? given : sitesOf(references.get('client', data['clientId']))
  const refusal = given.length > 0 ? siteRefusal(given, actor, 'data.siteIds') : undefined
  const owner = references.get('client', data['clientId'])
  // A prospect's animal is a prospect's, whoever enters it.
  const prospect = owner && isProspect(owner) ? { prospect: true } : {}
  return refusal ?? { siteIds, fields: { siteIds, ...prospect } }
}

const document = ({ data, clientItemId }: Creation, { actor, references }: CreateContext): Built => {
  const animal = references.get('animal', data['animalId'])
  const appointmentSites = sitesOf(references.get('appointment', data['appointmentId']))
  const whose = { clientId: data['clientId'] ?? animal?.['clientId'] ?? null }
  const fields = { ...whose, documentId: clientItemId, clientItemId }
  if (animal) return { siteIds: union(sitesOf(animal), appointmentSites), fields }
  const siteIds = appointmentSites.length > 0 ? appointmentSites : ownSites(actor, 'data.animalId')
  return siteIds instanceof Error ? siteIds : { siteIds, fields: { ...fields, awaitsAnimal: true } }
}

const builders: Record<WritableType, (item: Creation, context: CreateContext) => Built> = {
  appointment,
  treatment,
  payment,
  client,
  animal,
  document,
}

/** The document for a new record, or why it cannot be. Its references are loaded and checked. */
export const buildRecord = (
  type: WritableType,
  item: Creation,
  context: CreateContext,
): NewRecordDoc | Refusal => {
  const built = builders[type](item, context)
  if (built instanceof Error) return built
  const { groupId, actor, now } = context
  const served = {
    siteIds: built.siteIds,
    createdAt: now,
    modifiedAt: now,
    schemaVersion,
    createdBy: actor.userId,
    sent: markOf(item.data),
  }
  // In this form V8 makes it at once; where the first part is spread, or fields are set later, it takes ten times as long.
  return {
    _id: docId(type, item.recordId),
    type,
    groupId,
    ...item.data,
    ...built.fields,
    ...served,
  }
}
