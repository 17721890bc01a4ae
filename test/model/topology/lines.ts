/** A record's two lines of revisions, as two sides made them without hearing of each other. */
import { createHash } from 'node:crypto'
import type { Leaf } from '../../../sync/store/port.ts'
import type { RecordDoc } from '../../../sync/write/document.ts'
import { editRecord } from '../../../sync/write/edit.ts'
import type { WritableType } from '../../../sync/write/items.ts'
import { uuidOf } from '../sync/practice.ts'

export const doings = ['made', 'changed', 'deleted', 'brought back'] as const
export type Doing = (typeof doings)[number]

export const types = [
  ...['client', 'animal', 'appointment', 'treatment', 'invoiced treatment', 'payment', 'treatmentCode'],
  'reference',
] as const
export type Type = (typeof types)[number]

const noon = Date.parse('2026-06-15T12:00:00Z')
const at = new Date(noon).toISOString()

/** The field that the sides disagree about. */
const field: Record<string, string> = {
  ...{ client: 'firstName', animal: 'colour', appointment: 'reasonText', treatment: 'batchNumber' },
  ...{ payment: 'notes', treatmentCode: 'name', reference: 'name' },
}

const storedType = (type: Type): string => (type === 'invoiced treatment' ? 'treatment' : type)

const base = (type: Type): Record<string, unknown> => {
  const stored = storedType(type)
  const common = { type: stored, groupId: 1, siteIds: [1], createdAt: at, modifiedAt: at, schemaVersion: 1 }
  const fields: Record<string, Record<string, unknown>> = {
    client: { lastName: 'Marsh', firstName: 'base', phones: [], emails: [] },
    animal: { clientId: uuidOf(2, 1), name: 'Bramble', colour: 'base', allergies: [], alerts: [] },
    appointment: {
      ...{ siteId: 1, practitionerId: uuidOf(1, 1), clientId: uuidOf(2, 1), animalIds: [uuidOf(3, 1)] },
      ...{ startsAt: at, endsAt: new Date(noon + 1_200_000).toISOString() },
      // Holds no time: all of these are at one.
      status: 'CANCELLED',
      ...{
        statusTimes: { CANCELLED: at },
        reasonText: 'base',
        notes: null,
        clash: null,
        onlineBooking: false,
      },
    },
    treatment: {
      ...{ animalId: uuidOf(3, 1), code: null, description: 'Trim', quantity: '1', vatRate: 0 },
      ...{ treatedAt: at, batchNumber: 'base', voided: null },
      invoiceId: type === 'invoiced treatment' ? uuidOf(8, 1) : null,
    },
    payment: {
      ...{ clientId: uuidOf(2, 1), method: 'CARD', amount: 100, currency: 'GBP', takenAt: at, notes: 'base' },
      ...{ reversalOf: null, allocations: null, appointmentId: null },
    },
    treatmentCode: { code: 'T', name: 'base', kind: 'procedure', active: true },
    reference: { kind: 'reason', name: 'base' },
  }
  return { ...common, createdBy: null, ...fields[stored] }
}

const hashOf = (...parts: unknown[]): string => createHash('md5').update(JSON.stringify(parts)).digest('hex')

const userOf = (side: number) => ({ userId: uuidOf(7, side + 1), siteIds: [1], practitionerId: null })

/** The record as one side changed it; both do so at the same instant. */
const changed = (type: Type, doc: RecordDoc, side: number, value: string): Record<string, unknown> => {
  const stored = storedType(type)
  const name = String(field[stored])
  const other = { ...doc, [name]: value }
  if (['payment', 'treatmentCode', 'reference'].includes(stored) || type === 'invoiced treatment')
    return other
  const edit = {
    ...{ clientItemId: uuidOf(9, side + 1), editedAt: noon },
    changes: { [name]: { from: doc[name], to: value } },
  }
  const context = {
    actor: userOf(side),
    deviceId: `d${side}`,
    sentAt: noon,
    receivedAt: noon,
    sawGeneration: 1,
  }
  const edited = editRecord(stored as WritableType, doc, { ...edit, sent: edit.changes }, context)
  if (edited instanceof Error) throw edited
  return edited.doc
}

interface Line {
  leaf: Leaf
  said: string | undefined
}

const lineOf = (type: Type, doing: Doing, { id, side }: { id: string; side: number }): Line => {
  // The same for every record of a type: which of two revisions wins is then the same in each topology.
  const root = hashOf('root', type)
  const value = `side ${side} ${doing}`
  const hash = (step: string): string => hashOf(step, type, side)
  const first = { ...base(type), _id: id, _rev: `1-${root}` } as RecordDoc
  const name = String(field[storedType(type)])
  const leaf = (doc: object, ids: string[]): Leaf => ({
    doc: { ...doc, _id: id, _rev: `${ids.length}-${ids[0] ?? ''}` },
    revisions: { start: ids.length, ids },
  })
  switch (doing) {
    case 'made':
      return { leaf: leaf({ ...first, [name]: value }, [hash('made')]), said: value }
    case 'changed':
      return { leaf: leaf(changed(type, first, side, value), [hash('changed'), root]), said: value }
    case 'deleted':
      return { leaf: leaf({ _deleted: true }, [hash('deleted'), root]), said: undefined }
    case 'brought back': {
      const back = changed(type, first, side, value)
      return { leaf: leaf(back, [hash('back'), hash('deleted'), root]), said: value }
    }
  }
}

/** Both sides' lines, for the n-th record; its id is no other record's. */
export const linesOf = (
  type: Type,
  [a, b]: readonly [Doing, Doing],
  n: number,
): { id: string; lines: readonly [Leaf[], Leaf[]]; said: (string | undefined)[] } => {
  const id = `${storedType(type)}:${uuidOf(10, n)}`
  const [one, two] = [lineOf(type, a, { id, side: 0 }), lineOf(type, b, { id, side: 1 })]
  return { id, lines: [[one.leaf], [two.leaf]], said: [one.said, two.said] }
}
