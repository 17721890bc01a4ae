/** A record type's registers, worked out once from its policies. */
import { own } from './canonical.ts'
import { fieldsOf, recordTypes, type RecordType } from './policy.ts'

/** How a register's live versions are shown: `value` for scalars, units and fixed fields. */
export type Kind = 'value' | 'text' | 'status' | 'oneWay'

/** One register that is not a set: a field, or the fields of a unit. */
export interface Slot {
  /** The register's key in the clocks: the field's or the unit's name. */
  key: string
  kind: Kind
  fields: readonly string[]
  /** Whether its value is an object of its fields. */
  unit: boolean
}

/** What merge needs to know of a record type. */
export interface Layout {
  slots: ReadonlyMap<string, Slot>
  /** The slot of a field. */
  slotOf: ReadonlyMap<string, Slot>
  sets: ReadonlySet<string>
}

function build(type: RecordType): Layout {
  const slots = new Map<string, Slot & { fields: string[] }>()
  const slotOf = new Map<string, Slot>()
  const sets = new Set<string>()
  for (const [field, policy] of Object.entries(fieldsOf(type))) {
    if (policy === 'served') continue
    if (policy === 'set') {
      sets.add(field)
      continue
    }
    const unit = typeof policy === 'object'
    const key = unit ? policy.unit : field
    const kind = unit || policy === 'scalar' || policy === 'fixed' ? 'value' : policy
    const slot = slots.get(key) ?? { key, kind, fields: [], unit }
    slot.fields.push(field)
    slots.set(key, slot)
    slotOf.set(field, slot)
  }
  return { slots, slotOf, sets }
}

const layouts = new Map(recordTypes.map((type) => [type, build(type)]))

/** The registers of a record type. */
export function layoutOf(type: RecordType): Layout {
  const layout = layouts.get(type)
  if (layout === undefined) throw new TypeError(`no merge rules for record type ${String(type)}`)
  return layout
}

/** A slot's value as the fields show it: for a unit an object of its fields. */
export function valueOf(slot: Slot, fields: Record<string, unknown>): unknown {
  if (!slot.unit) return own(fields, slot.key) ?? null
  return Object.fromEntries(slot.fields.map((field) => [field, own(fields, field) ?? null]))
}

/** The part of a slot's value that is one of its fields. */
export function partOf(slot: Slot, value: unknown, field: string): unknown {
  if (!slot.unit) return value
  return typeof value === 'object' && value !== null
    ? (own(value as Record<string, unknown>, field) ?? null)
    : null
}
