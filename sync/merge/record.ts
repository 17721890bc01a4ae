/** Merging records: edits onto a state, and two states into one. Pure; the same on servers and devices. */
import { keysOf, own, put, same } from './canonical.ts'
import { successor } from './clock.ts'
import { layoutOf, partOf, valueOf, type Layout, type Slot } from './layout.ts'
import type { RecordType } from './policy.ts'
import {
  addVersion,
  contestedAt,
  knows,
  mergeRegisters,
  originRegister,
  seenBy,
  type Fit,
} from './register.ts'
import { joinValues } from './served.ts'
import { editSet, elementKey, elementRegisters, mergeSets, seenElements, shownSet } from './sets.ts'
import { shownValue } from './shown.ts'
import { showsText } from './text.ts'
import type { Applied, Changes, Edit, RecordState, Register, Sight, Stamp, Version } from './types.ts'

const isVacuous = (change: { from?: unknown; to?: unknown }) => same(change.from, change.to)

/** The changes by the register they go to; a change to what was there before is none. */
function changesBySlot(layout: Layout, changes: Changes): Map<Slot, Changes> {
  const found = new Map<Slot, Changes>()
  for (const [field, change] of Object.entries(changes)) {
    const slot = layout.slotOf.get(field)
    if (slot !== undefined) found.set(slot, { ...found.get(slot), [field]: change })
  }
  for (const [slot, some] of found) if (Object.values(some).every(isVacuous)) found.delete(slot)
  return found
}

function fitOf(slot: Slot, changes: Changes): (version: Version) => Fit {
  const said = Object.entries(changes)
  return (version) => {
    const fits = said.every(([field, { from }]) =>
      slot.kind === 'text' ? showsText(from, version) : same(from, partOf(slot, version.value, field)),
    )
    return !fits ? 'none' : said.length === slot.fields.length ? 'whole' : 'part'
  }
}

const registerOf = (slot: Slot, state: RecordState): Register =>
  own(state.clocks, slot.key) ?? originRegister(valueOf(slot, state.fields))

/** What an edit makes of a slot: for a unit, what it does not mention is from what it had seen, else as shown. */
function newValue(slot: Slot, changes: Changes, seen: Version[], fields: Record<string, unknown>): unknown {
  if (!slot.unit) return own(changes, slot.key)?.to ?? null
  const base = seen.length > 0 ? seen.at(-1)?.value : valueOf(slot, fields)
  return Object.fromEntries(
    slot.fields.map((field) => {
      const change = own(changes, field)
      return [field, change === undefined ? partOf(slot, base, field) : (change.to ?? null)]
    }),
  )
}

function show(slot: Slot, register: Register, fields: Record<string, unknown>): void {
  const shown = shownValue(slot.kind, register.live)
  for (const field of slot.fields) put(fields, field, partOf(slot, shown, field))
}

interface Draft extends RecordState {
  concurrent: boolean
}

function editSlots(layout: Layout, state: RecordState, edit: Edit, draft: Draft): void {
  for (const [slot, changes] of changesBySlot(layout, edit.changes)) {
    const register = registerOf(slot, state)
    if (knows(register, edit.stamp)) continue
    const seen = seenBy(register, edit, fitOf(slot, changes))
    const edited = addVersion(register, edit, newValue(slot, changes, seen, state.fields), seen)
    draft.clocks[slot.key] = edited
    draft.concurrent ||= contestedAt(edited, edit.stamp)
    show(slot, edited, draft.fields)
  }
}

function editSets(layout: Layout, state: RecordState, edit: Edit, draft: Draft): void {
  const changed = Object.keys(edit.changes).filter((field) => layout.sets.has(field))
  if (changed.length === 0) return
  const registers = elementRegisters(layout.sets, state.clocks)
  for (const field of changed) {
    const value = own(state.fields, field)
    const edited = editSet(value, registers.get(field) ?? new Map(), edit, edit.changes[field] ?? {})
    if (edited.touched.length === 0) continue
    for (const [key, register] of edited.registers) draft.clocks[elementKey(field, key)] = register
    draft.concurrent ||= edited.concurrent
    draft.fields[field] = shownSet(value, edited.registers)
  }
}

/**
 * A record after an edit. What the edit had seen is gone, what it had not seen stays beside it. An edit that was
 * applied before changes nothing. Fields that are served or unknown are passed over: `editRefusal` refuses them.
 */
export function applyEdit(type: RecordType, state: RecordState, edit: Edit): Applied {
  const layout = layoutOf(type)
  const draft: Draft = { fields: { ...state.fields }, clocks: { ...state.clocks }, concurrent: false }
  editSlots(layout, state, edit, draft)
  editSets(layout, state, edit, draft)
  const replaced: Record<string, unknown> = {}
  for (const field of Object.keys(draft.fields)) {
    const before = own(state.fields, field)
    if (!same(before, own(draft.fields, field))) put(replaced, field, before ?? null)
  }
  return { state: { fields: draft.fields, clocks: draft.clocks }, replaced, concurrent: draft.concurrent }
}

/** The highest stamp of what an edit had seen in the fields it changes: its own stamp must be above it. */
export function seenStamp(type: RecordType, state: RecordState, sight: Sight): Stamp | null {
  const layout = layoutOf(type)
  const seen: Version[] = []
  for (const [slot, changes] of changesBySlot(layout, sight.changes)) {
    seen.push(...seenBy(registerOf(slot, state), sight, fitOf(slot, changes)))
  }
  const registers = elementRegisters(layout.sets, state.clocks)
  for (const [field, change] of Object.entries(sight.changes)) {
    if (!layout.sets.has(field)) continue
    seen.push(...seenElements(own(state.fields, field), registers.get(field) ?? new Map(), sight, change))
  }
  return seen.reduce<Stamp | null>((last, { stamp }) => (last === null || stamp > last ? stamp : last), null)
}

interface Merging {
  a: RecordState
  b: RecordState
  /** The merged values and registers so far, out of order. */
  fields: Record<string, unknown>
  clocks: Record<string, Register>
}

function mergeSlots(layout: Layout, { a, b, fields, clocks }: Merging): void {
  for (const slot of layout.slots.values()) {
    const [ra, rb] = [own(a.clocks, slot.key), own(b.clocks, slot.key)]
    const untouched = ra === undefined && rb === undefined
    if (untouched && slot.fields.every((field) => same(own(a.fields, field), own(b.fields, field)))) continue
    const merged = mergeRegisters(ra ?? registerOf(slot, a), rb ?? registerOf(slot, b))
    clocks[slot.key] = merged
    show(slot, merged, fields)
  }
}

function mergeAllSets(layout: Layout, { a, b, fields, clocks }: Merging): void {
  const [allA, allB] = [elementRegisters(layout.sets, a.clocks), elementRegisters(layout.sets, b.clocks)]
  for (const field of layout.sets) {
    const [ra, rb] = [allA.get(field), allB.get(field)]
    const [va, vb] = [own(a.fields, field), own(b.fields, field)]
    if (ra === undefined && rb === undefined && same(va, vb)) continue
    const merged = mergeSets(
      { value: va, registers: ra ?? new Map() },
      { value: vb, registers: rb ?? new Map() },
    )
    for (const [key, register] of merged.registers) clocks[elementKey(field, key)] = register
    fields[field] = merged.value
  }
}

/** The registers in order, with those of fields that this version does not know: kept for those who do. */
function mergedClocks({ a, b, clocks }: Merging): Record<string, Register> {
  const all: Record<string, Register> = {}
  for (const key of keysOf(a.clocks, b.clocks, clocks)) {
    const [ra, rb] = [own(a.clocks, key), own(b.clocks, key)]
    put(all, key, own(clocks, key) ?? (ra && rb ? mergeRegisters(ra, rb) : (ra ?? rb)))
  }
  return all
}

/**
 * Two states of one record as one: the union of their versions less what is gone in either. Idempotent,
 * commutative, associative and lossless, for states that grew from one creation (whoever merges a write that
 * came without stamps makes an edit of it first), to the byte.
 */
export function mergeStates(type: RecordType, a: RecordState, b: RecordState): RecordState {
  const layout = layoutOf(type)
  const merging: Merging = { a, b, fields: {}, clocks: {} }
  mergeSlots(layout, merging)
  mergeAllSets(layout, merging)
  const fields: Record<string, unknown> = {}
  for (const field of keysOf(a.fields, b.fields, merging.fields)) {
    const [va, vb] = [own(a.fields, field), own(b.fields, field)]
    const known = layout.slotOf.has(field) || layout.sets.has(field)
    const merged = Object.hasOwn(merging.fields, field)
    put(fields, field, merged ? merging.fields[field] : known ? (va ?? vb) : joinValues(va, vb))
  }
  return { fields, clocks: mergedClocks(merging) }
}

/** A person's choice between the versions of a field, or a value of their own. */
export interface Choice {
  value: unknown
  stamp: Stamp
  by: string | null
  generation: number
}

/**
 * A record after a person settled a conflict: as an edit that has seen all live versions of the field (for a
 * unit: its name, with its whole value). Whoever calls has checked that the conflict is still the one they saw.
 */
export function resolveConflict(
  type: RecordType,
  state: RecordState,
  field: string,
  choice: Choice,
): Applied {
  const slot = layoutOf(type).slots.get(field)
  if (slot === undefined) throw new TypeError(`${field} of a ${type} is never in conflict`)
  const newest = registerOf(slot, state).live.at(-1)?.stamp ?? ''
  const stamp = choice.stamp > newest ? choice.stamp : successor(newest, choice.stamp)
  const changes = Object.fromEntries(
    slot.fields.map((name) => [name, { to: partOf(slot, choice.value, name) }]),
  )
  const edit = { ...choice, stamp, changes, sawGeneration: Infinity }
  return applyEdit(type, state, edit)
}
