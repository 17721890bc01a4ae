/**
 * Sets: every element is a register of its own, true or false, so that additions and removals of different
 * people all apply. Of an addition and a removal that did not see each other the addition stands: an allergy
 * too many is safer than one too few.
 */
import { canonical, own } from './canonical.ts'
import {
  addVersion,
  contestedAt,
  knows,
  mergeRegisters,
  originRegister,
  seenBy,
  type Fit,
} from './register.ts'
import type { Changes, Clocks, Edit, Register, Sight, Version } from './types.ts'

/** A set's elements by key, in order; what is not an array has none. */
export const elementsOf = (value: unknown): Map<string, unknown> =>
  new Map(Array.isArray(value) ? value.map((element: unknown) => [canonical(element), element]) : [])

/** The key of an element's register. */
export const elementKey = (field: string, element: string): string => `${field}/${element}`

/** The elements that an edit adds (true) and removes (false). */
export function setDifference(change: { from?: unknown; to?: unknown }): Map<string, boolean> {
  const [from, to] = [elementsOf(change.from), elementsOf(change.to)]
  const difference = new Map<string, boolean>()
  for (const key of from.keys()) if (!to.has(key)) difference.set(key, false)
  for (const key of to.keys()) if (!from.has(key)) difference.set(key, true)
  return difference
}

/** The registers of a record's sets: field → element → register. */
export function elementRegisters(
  sets: ReadonlySet<string>,
  clocks: Clocks,
): Map<string, Map<string, Register>> {
  const found = new Map<string, Map<string, Register>>()
  for (const key of Object.keys(clocks)) {
    const at = key.indexOf('/')
    if (at < 0) continue
    const register = own(clocks, key)
    if (register === undefined || !sets.has(key.slice(0, at))) continue
    const field = key.slice(0, at)
    const registers = found.get(field) ?? new Map<string, Register>()
    found.set(field, registers.set(key.slice(at + 1), register))
  }
  return found
}

/** The elements shown: those never edited in their order, then the others by when they were added. */
export function shownSet(value: unknown, registers: ReadonlyMap<string, Register>): unknown[] {
  const kept = [...elementsOf(value)].filter(([key]) => !registers.has(key)).map(([, element]) => element)
  const added: { stamp: string; key: string }[] = []
  for (const [key, register] of registers) {
    const first = register.live.find((version) => version.value === true)
    if (first !== undefined) added.push({ stamp: first.stamp, key })
  }
  added.sort((a, b) => (a.stamp + a.key < b.stamp + b.key ? -1 : 1))
  return [...kept, ...added.map(({ key }) => JSON.parse(key) as unknown)]
}

/** Two replicas of one set: the shown elements and the registers of all that were edited. */
export function mergeSets(
  a: { value: unknown; registers: ReadonlyMap<string, Register> },
  b: { value: unknown; registers: ReadonlyMap<string, Register> },
): { value: unknown[]; registers: Map<string, Register> } {
  const [inA, inB] = [elementsOf(a.value), elementsOf(b.value)]
  const registers = new Map<string, Register>()
  for (const key of new Set([...a.registers.keys(), ...b.registers.keys(), ...inA.keys(), ...inB.keys()])) {
    const [ra, rb] = [a.registers.get(key), b.registers.get(key)]
    if (ra === undefined && rb === undefined && inA.has(key) && inB.has(key)) continue
    registers.set(key, mergeRegisters(ra ?? originRegister(inA.has(key)), rb ?? originRegister(inB.has(key))))
  }
  const plain = (elements: Map<string, unknown>) => [...elements.keys()].filter((key) => !registers.has(key))
  const [orderA, orderB] = [plain(inA), plain(inB)]
  const order = orderA.join() === orderB.join() ? orderA : orderA.sort()
  return {
    value: shownSet(
      order.map((key) => inA.get(key)),
      registers,
    ),
    registers,
  }
}

const fitOf =
  (wasThere: boolean) =>
  (version: Version): Fit =>
    version.value === wasThere ? 'part' : 'none'

/** A set after an edit: the registers of the elements it adds or removes; `concurrent` as in Applied. */
export function editSet(
  value: unknown,
  registers: ReadonlyMap<string, Register>,
  edit: Edit,
  change: Changes[string],
): { registers: Map<string, Register>; touched: string[]; concurrent: boolean } {
  const next = new Map(registers)
  const elements = elementsOf(value)
  const touched: string[] = []
  let concurrent = false
  for (const [key, there] of setDifference(change)) {
    const register = registers.get(key) ?? originRegister(elements.has(key))
    if (knows(register, edit.stamp)) continue
    const edited = addVersion(register, edit, there, seenBy(register, edit, fitOf(!there)))
    next.set(key, edited)
    touched.push(key)
    concurrent ||= contestedAt(edited, edit.stamp)
  }
  return { registers: next, touched, concurrent }
}

/** The versions of a set's elements that an edit of them had seen. */
export function seenElements(
  value: unknown,
  registers: ReadonlyMap<string, Register>,
  sight: Sight,
  change: Changes[string],
): Version[] {
  const elements = elementsOf(value)
  return [...setDifference(change)].flatMap(([key, there]) =>
    seenBy(registers.get(key) ?? originRegister(elements.has(key)), sight, fitOf(!there)),
  )
}
