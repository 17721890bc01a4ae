/** What a device shows: the server's state with its own unsent edits laid on top. */
import { own, put, same } from './canonical.ts'
import { layoutOf, type Slot } from './layout.ts'
import type { RecordType } from './policy.ts'
import { elementsOf, setDifference } from './sets.ts'
import { shownValue } from './shown.ts'
import { asText, holds, marker, replacePart } from './text.ts'
import type { Changes } from './types.ts'

/** An edit that a device has not sent yet. */
export interface Unsent {
  /** ISO 8601, by the device's clock. */
  editedAt: string
  changes: Changes
}

/** The unsent changes of one field in order: what was there before and between, and what stands at the end. */
interface Chain {
  said: unknown[]
  to: unknown
  editedAt: string
}

function chainsOf(edits: readonly Unsent[]): Map<string, Chain> {
  const chains = new Map<string, Chain>()
  for (const { changes, editedAt } of edits) {
    for (const [field, { from, to }] of Object.entries(changes)) {
      const said = [...(chains.get(field)?.said ?? []), from ?? null, to ?? null]
      chains.set(field, { said, to: to ?? null, editedAt })
    }
  }
  return chains
}

const moment = (time: string) =>
  Number.isNaN(Date.parse(time)) ? '' : new Date(time).toISOString().slice(0, -1)

function layText(master: unknown, chain: Chain): unknown {
  const [there, to] = [asText(master), asText(chain.to)]
  if (holds(there, to)) return master
  if (holds(to, there)) return chain.to
  for (const text of chain.said.toReversed()) {
    const replaced = replacePart(there, asText(text), to)
    if (replaced !== null) return replaced
  }
  return there + marker(moment(chain.editedAt)) + to
}

function layValue(slot: Slot, master: unknown, chain: Chain): unknown {
  if (chain.said.some((value) => same(value, master)) || slot.kind === 'value') return chain.to
  if (slot.kind === 'text') return layText(master, chain)
  const version = (value: unknown) => ({ stamp: '', value, by: null, generation: 0 })
  return shownValue(slot.kind, [version(master), version(chain.to)])
}

function laySet(master: unknown, changes: (Changes[string] | undefined)[]): unknown[] {
  const elements = elementsOf(master)
  const wanted = new Map<string, boolean>()
  const values = new Map<string, unknown>()
  for (const change of changes) {
    if (change === undefined) continue
    for (const [key, there] of setDifference(change)) wanted.set(key, there)
    for (const [key, value] of elementsOf(change.to)) values.set(key, value)
  }
  for (const [key, there] of wanted) {
    if (!there) elements.delete(key)
    else if (!elements.has(key)) elements.set(key, values.get(key))
  }
  return [...elements.values()]
}

/**
 * The server's shown fields with a device's unsent edits on top, as the server would show them after taking
 * the edits, so far as that can be known without its clocks. Over a state that has them already: no change.
 */
export function reapply(
  type: RecordType,
  masterFields: Record<string, unknown>,
  edits: readonly Unsent[],
): Record<string, unknown> {
  const { slotOf, sets } = layoutOf(type)
  const fields = { ...masterFields }
  for (const [field, chain] of chainsOf(edits)) {
    const slot = slotOf.get(field)
    const master = own(masterFields, field)
    const changes = edits.map((edit) => own(edit.changes, field))
    const vacuous = changes.every((change) => change === undefined || same(change.from, change.to))
    if (sets.has(field)) put(fields, field, laySet(master, changes))
    else if (slot?.unit) put(fields, field, chain.to)
    else if (slot !== undefined && !vacuous) put(fields, field, layValue(slot, master, chain))
  }
  return fields
}
