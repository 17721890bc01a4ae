/** GET /v2/clientLink/myAnimals, myAppointments, myReminders, myPrescriptions */
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId, docId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { pageOf, type Gone, type Row } from './list.ts'
import { ownedBy, type Owned } from './owned.ts'
import {
  animalShown,
  appointmentShown,
  prescriptionShown,
  referredBy,
  reminderShown,
  type Referred,
} from './shown.ts'

interface Kind<T> {
  type: string
  /** The lookup of a client's records, its last part the record's id. */
  lookup: string
  order: (doc: StoredDoc) => string
  /** Whether the customer is shown it; all is where this is not given. */
  fits?: (mine: Owned, doc: StoredDoc, referred: Referred) => boolean
  /** When what is shown changed, where that is not when the record did. */
  changedAt?: (doc: StoredDoc, referred: Referred) => string
  shown: (mine: Owned, doc: StoredDoc, referred: Referred) => T
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const animals = {
  ...{ type: 'animal', lookup: 'client.animals', shown: animalShown },
  order: (doc: StoredDoc) => text(doc['name']).normalize('NFKD').toLowerCase(),
}
const appointments = {
  ...{ type: 'appointment', lookup: 'client.appointments', shown: appointmentShown },
  order: (doc: StoredDoc) => new Date(text(doc['startsAt'])).toISOString(),
}
const reminders = {
  ...{ type: 'reminder', lookup: 'reminder.client', shown: reminderShown },
  order: (doc: StoredDoc) => text(doc['dueOn']),
  /** Nobody is reminded of an animal that has died, or is another's by now. */
  fits: (mine: Owned, doc: StoredDoc, referred: Referred): boolean => {
    if (typeof doc['animalId'] !== 'string') return true
    const animal = referred.get(docId('animal', doc['animalId']))
    const hasDied = (animal?.['deceasedAt'] ?? null) !== null
    return animal?.['clientId'] === mine.clientId && !(hasDied && doc['status'] === 'OPEN')
  },
  changedAt: (doc: StoredDoc, referred: Referred): string => {
    const animal = referred.get(docId('animal', text(doc['animalId'])))
    return [text(doc['modifiedAt']), text(animal?.['modifiedAt'])].sort().at(-1) ?? ''
  },
}
const prescriptions = {
  ...{ type: 'prescription', lookup: 'prescription.client', shown: prescriptionShown },
  order: (doc: StoredDoc) => text(doc['requestedAt']),
}

interface Found {
  mine: Owned
  doc: StoredDoc
  referred: Referred
}

/** The client's records of a kind; of appointments, those that begin in a time. */
const recordsOf = async <T>(
  owned: readonly Owned[],
  kind: Kind<T>,
  within: { from?: string; to?: string } = {},
): Promise<Found[]> => {
  const found = owned.map(async (mine) => {
    const keys = await mine.group.index.lookup([kind.lookup, mine.clientId], within)
    const ids = keys.map((parts) => docId(kind.type, parts.at(-1) ?? ''))
    const read = await mine.group.db.getMany(ids)
    const docs = read.filter((doc): doc is StoredDoc => doc?.['clientId'] === mine.clientId)
    const referred = await referredBy(mine, docs)
    return docs.map((doc) => ({ mine, doc, referred }))
  })
  return (await Promise.all(found)).flat()
}

const fits = <T>(kind: Kind<T>, { mine, doc, referred }: Found): boolean =>
  kind.fits?.(mine, doc, referred) ?? true

/** What the customer is shown of a kind. */
const rowsOf = async <T>(
  owned: readonly Owned[],
  kind: Kind<T>,
  within: { from?: string; to?: string } = {},
): Promise<Row<T>[]> =>
  (await recordsOf(owned, kind, within))
    .filter((one) => fits(kind, one))
    .map(({ mine, doc, referred }) => ({
      ...{ order: kind.order(doc), id: bareId(doc._id) },
      modifiedAt: kind.changedAt?.(doc, referred) ?? text(doc['modifiedAt']),
      item: kind.shown(mine, doc, referred),
    }))

/** Records that were the customer's and have become another's. */
const goneFrom = async (owned: readonly Owned[], type: string): Promise<Gone[]> => {
  const found = owned.map(async ({ group, clientId }) => {
    const keys = await group.index.lookup(['client.left', clientId, type])
    const ids = [...new Set(keys.map((parts) => docId(type, parts[0] ?? '')))]
    const docs = await group.db.getMany(ids)
    return docs.flatMap((doc) =>
      doc && doc['clientId'] !== clientId
        ? [{ id: bareId(doc._id), deleted: true as const, modifiedAt: text(doc['modifiedAt']) }]
        : [],
    )
  })
  return (await Promise.all(found)).flat()
}

const nothing = (): Promise<Gone[]> => Promise.resolve([])

export const myAnimals: Handler<Api['myAnimals']> = async ({ caller, query }, app) => {
  const owned = await ownedBy(app, caller)
  const rows = await rowsOf(owned, animals)
  const gone = () => goneFrom(owned, 'animal')
  return { status: 200, body: await pageOf({ owned, query, now: app.now(), rows, gone }) }
}

export const myAppointments: Handler<Api['myAppointments']> = async (input, app) => {
  const { query, caller } = input
  const { from, to, modifiedSince } = query
  if (modifiedSince !== undefined && (from ?? to) !== undefined)
    return input.fail('INVALID_REQUEST', {
      errors: [{ path: 'query.modifiedSince', message: 'goes with neither `from` nor `to`' }],
    })
  if (from !== undefined && to !== undefined && Date.parse(to) < Date.parse(from))
    return input.fail('INVALID_REQUEST', {
      errors: [{ path: 'query.to', message: 'must not be before from' }],
    })
  const owned = await ownedBy(app, caller)
  const utc = (instant: string): string => new Date(instant).toISOString()
  const within = {
    ...(from === undefined ? {} : { from: utc(from) }),
    ...(to === undefined ? {} : { to: utc(to) }),
  }
  const rows = await rowsOf(owned, appointments, within)
  const gone = () => goneFrom(owned, 'appointment')
  return { status: 200, body: await pageOf({ owned, query, now: app.now(), rows, gone }) }
}

export const myReminders: Handler<Api['myReminders']> = async ({ caller, query }, app) => {
  const owned = await ownedBy(app, caller)
  const rows = await rowsOf(owned, reminders)
  const gone = () => remindersGone(owned)
  return { status: 200, body: await pageOf({ owned, query, now: app.now(), rows, gone }) }
}

/** Reminders that are shown no more; what became of the animal is the change. */
const remindersGone = async (owned: readonly Owned[]): Promise<Gone[]> =>
  (await recordsOf(owned, reminders))
    .filter((one) => !fits(reminders, one))
    .map(({ doc, referred }) => {
      return { id: bareId(doc._id), deleted: true, modifiedAt: reminders.changedAt(doc, referred) }
    })

export const myPrescriptions: Handler<Api['myPrescriptions']> = async ({ caller, query }, app) => {
  const owned = await ownedBy(app, caller)
  const rows = await rowsOf(owned, prescriptions)
  return { status: 200, body: await pageOf({ owned, query, now: app.now(), rows, gone: nothing }) }
}
