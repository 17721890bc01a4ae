/** The practice that every schedule begins with, and what users make and change in it. */
import type { NewDoc } from '../../../sync/store/port.ts'
import type { Item, Pushed } from './device.ts'
import type { Step } from './schedule.ts'
import type { User } from './user.ts'

/** An id of a kind's n-th thing; the same in every run. */
export const uuidOf = (kind: number, n: number): string =>
  `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`

export const practitioners = [uuidOf(1, 1), uuidOf(1, 2)] as const
const client = uuidOf(2, 1)
const animals = [uuidOf(3, 1), uuidOf(3, 2)]
export const startOfTime = Date.parse('2026-06-15T09:00:00Z')
const dayMs = 86_400_000

const common = (type: string, siteIds: number[], groupId: number) => ({
  ...{ type, groupId, siteIds, schemaVersion: 1, createdBy: null },
  createdAt: new Date(startOfTime).toISOString(),
  modifiedAt: new Date(startOfTime).toISOString(),
})

export const practiceDocs = (groupId: number): NewDoc[] => [
  ...practitioners.map((id) => ({
    _id: `reference:practitioner:${id}`,
    ...common('reference', [], groupId),
    ...{ kind: 'practitioner', practitionerId: id, name: id, active: true },
  })),
  {
    _id: 'treatmentCode:VAC',
    ...common('treatmentCode', [], groupId),
    ...{ code: 'VAC', name: 'Vaccination', kind: 'procedure', unitPrice: 4500, fixedPrice: 0 },
    ...{ currency: 'GBP', vatRate: 2000, sellingUnit: null, drugSchedule: null, active: true },
  },
  { _id: `client:${client}`, ...common('client', [1, 2, 3], groupId), ...clientData('Marsh', [1, 2, 3]) },
  ...animals.map((id) => ({
    _id: `animal:${id}`,
    ...common('animal', [1, 2, 3], groupId),
    ...animalData('Bramble', [1, 2, 3]),
  })),
]

const clientData = (lastName: string, siteIds: number[]) => ({
  ...{ siteIds, title: null, firstName: null, lastName, address: null, phones: [], emails: [] },
  ...{ deactivated: false, externalIds: [] },
})

const animalData = (name: string, siteIds: number[]) => ({
  ...{ clientId: client, siteIds, name, species: null, breed: null, sex: null, colour: null },
  ...{ dateOfBirth: null, weightGrams: null, microchip: null, allergies: [] as string[], alerts: [] },
  ...{ notes: null, deceasedAt: null, externalIds: [] },
})

const slotAt = (now: number, day: number, slot: number) => {
  const start = (Math.floor(now / dayMs) + day) * dayMs + 9 * 3_600_000 + slot * 900_000
  return { startsAt: new Date(start).toISOString(), endsAt: new Date(start + 1_200_000).toISOString() }
}

const chosen = <T>(all: readonly T[], n: number): T | undefined => all[n % all.length]

type Creating = Extract<Step, { does: 'create' }>

/** A device, or a PouchDB, as far as its user looks at it. */
interface Held {
  ids(name: Pushed): string[]
  get(name: Pushed, id: string): Item | undefined
}

interface Maker {
  device: Held
  /** ms since the epoch, by the calendar on the wall */
  now: number
  siteIds: readonly number[]
  /** A number that no other value has. */
  unique: number
}

/** What a device makes, from what it holds; undefined where it lacks what is needed. */
export const creationOf = (
  step: Creating,
  { device, now, siteIds, unique }: Maker,
): { collection: Pushed; data: Item } | undefined => {
  const site = chosen(siteIds, step.site)
  const animalId = chosen(device.ids('animals'), step.pick)
  const clientId = chosen(device.ids('clients'), step.pick)
  const appointmentId = step.slot > 1 ? (chosen(device.ids('appointments'), step.pick) ?? null) : null
  const at = slotAt(now, Math.min(step.day, 0), step.slot).startsAt
  switch (step.what) {
    case 'client':
      return site === undefined
        ? undefined
        : { collection: 'clients', data: clientData(`Client ${unique}`, [site]) }
    case 'animal':
      if (!clientId) return undefined
      return {
        collection: 'animals',
        data: {
          ...animalData(`Animal ${unique}`, site === undefined || step.slot > 1 ? [] : [site]),
          clientId,
        },
      }
    case 'appointment':
      if (site === undefined || !clientId || !animalId) return undefined
      return {
        collection: 'appointments',
        data: {
          ...{
            siteId: site,
            practitionerId: chosen(practitioners, step.pick),
            clientId,
            animalIds: [animalId],
          },
          ...slotAt(now, step.day, step.slot),
          ...{ status: 'BOOKED', reasonId: null, reasonText: `reason ${unique}`, notes: null },
        },
      }
    case 'treatment':
      return animalId
        ? { collection: 'treatments', data: treatmentData({ animalId, appointmentId, at, unique }) }
        : undefined
    case 'payment':
      if (!clientId) return undefined
      return {
        collection: 'payments',
        data: {
          ...{ clientId, appointmentId, method: 'CARD', amount: 1000 + unique, currency: 'GBP', takenAt: at },
          ...{ allocations: null, reversalOf: null, notes: null },
        },
      }
    case 'reversal': {
      const id = chosen(device.ids('payments'), step.pick)
      const payment = id === undefined ? undefined : device.get('payments', id)
      if (!payment || payment['reversalOf'] !== null) return undefined
      const data = { ...payment, amount: -Number(payment['amount']), reversalOf: id, takenAt: at }
      return { collection: 'payments', data: onlyData(data) }
    }
  }
}

const paymentFields = [
  ...['clientId', 'appointmentId', 'method', 'amount', 'currency', 'takenAt', 'allocations', 'reversalOf'],
  'notes',
]
const onlyData = (data: Item): Item => Object.fromEntries(paymentFields.map((field) => [field, data[field]]))

const treatmentData = (t: {
  animalId: string
  appointmentId: unknown
  at: string
  unique: number
}): Item => ({
  ...{ animalId: t.animalId, appointmentId: t.appointmentId, practitionerId: null, code: 'VAC' },
  ...{ description: null, quantity: String(1 + (t.unique % 5)), unitPrice: null, fixedPrice: null },
  ...{ currency: null, vatRate: null, batchNumber: `batch ${t.unique}`, label: null, notes: null },
  treatedAt: t.at,
})

const toggled = (list: unknown, element: unknown): unknown[] => {
  const all = Array.isArray(list) ? (list as unknown[]) : []
  return all.includes(element) ? all.filter((one) => one !== element) : [...all, element]
}

const statuses = ['ARRIVED', 'IN_TREATMENT', 'TREATED', 'BOOKED', 'CANCELLED', 'PAID', 'FAILED_TO_SHOW']

interface Hand {
  record: Item
  /** Texts and numbers that nobody else writes, or that few others do. */
  n: number
  unique: boolean
  user: User
  siteIds: readonly number[]
  now: number
}

type Way = (hand: Hand) => Item

const text = ({ n, unique }: Hand): string => (unique ? `text ${n}` : `few ${n}`)
const longText =
  (field: string): Way =>
  (hand) => {
    const before = typeof hand.record[field] === 'string' ? `${hand.record[field]}\n` : ''
    return { [field]: hand.n % 2 === 0 ? before + text(hand) : text(hand) }
  }
const otherSite: Way = ({ record, n, siteIds }) => ({
  siteIds: toggled(record['siteIds'], siteIds[n % Math.max(1, siteIds.length)]),
})

const ways: Record<Exclude<Pushed, 'payments'>, readonly Way[]> = {
  clients: [
    (hand) => ({ firstName: text(hand) }),
    (hand) => ({ phones: toggled(hand.record['phones'], hand.unique ? `07${hand.n}` : '070') }),
    (hand) => ({ lastName: text(hand), title: 'Dr' }),
    otherSite,
  ],
  animals: [
    (hand) => ({ weightGrams: hand.n }),
    longText('notes'),
    (hand) => ({ allergies: toggled(hand.record['allergies'], hand.unique ? `a${hand.n}` : 'eggs') }),
    (hand) => ({ colour: text(hand), breed: null }),
    otherSite,
    // No server takes a weight below nothing: it must hold nothing else back.
    () => ({ weightGrams: -1 }),
  ],
  appointments: [
    ({ n }) => ({ status: statuses[n % statuses.length] }),
    ({ n, now }) => slotAt(now, [-20, -13, 0, 0, 58, 62, 90][n % 7] ?? 0, n % 4),
    longText('notes'),
    (hand) => ({ reasonText: text(hand) }),
    ({ n, siteIds, record }) => ({ siteId: siteIds[n % Math.max(1, siteIds.length)] ?? record['siteId'] }),
    ({ n }) => ({ practitionerId: practitioners[n % 2] }),
  ],
  treatments: [
    (hand) => ({ quantity: String(hand.n) }),
    longText('notes'),
    (hand) => ({ batchNumber: text(hand) }),
    ({ n, record }) => (record['voided'] ? {} : { voided: { reason: `reason ${n}` } }),
  ],
}

/** What a user makes of a record. */
export const editOf = (collection: Exclude<Pushed, 'payments'>, way: number, hand: Hand): Item =>
  (chosen(ways[collection], way) as Way)(hand)
