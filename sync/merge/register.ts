/**
 * Registers: a field is not one value but a set of stamped ones. Merging two is their union less what a later
 * edit had seen in either.
 *
 * `gone` keeps the 64 newest stamps and those of the origin. What follows: a replica that comes back after
 * more than 64 edits of one field shows what it held as live again, beside the present value. That is a conflict
 * to settle once more; nothing is lost.
 */
import { canonical, same } from './canonical.ts'
import { isOrigin, originStamp } from './clock.ts'
import type { Edit, Register, Sight, Stamp, Version } from './types.ts'

export const maxGone = 64

/** The register of a field that was never edited: one version, there from the first revision on. */
export function originRegister(value: unknown): Register {
  const stamp = originStamp(canonical(value))
  return { live: [{ stamp, value: value ?? null, by: null, generation: 1 }], gone: [] }
}

const byStamp = (a: Version, b: Version) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0)

function bounded(stamps: Iterable<Stamp>): Stamp[] {
  const all = [...new Set(stamps)].sort()
  if (all.length <= maxGone) return all
  return [...all.slice(0, -maxGone).filter(isOrigin), ...all.slice(-maxGone)]
}

/** One version of two with the same stamp. They differ at most in when they entered: the later hides less. */
function either(a: Version, b: Version): Version {
  if (a.generation !== b.generation) return a.generation > b.generation ? a : b
  return same(a, b) || canonical(a) < canonical(b) ? a : b
}

/** The union of two registers less what is gone in either. */
export function mergeRegisters(a: Register, b: Register): Register {
  if (a === b) return a
  const gone = new Set([...a.gone, ...b.gone])
  const all = new Map<Stamp, Version>()
  for (const version of [...a.live, ...b.live]) {
    const other = all.get(version.stamp)
    all.set(version.stamp, other === undefined ? version : either(other, version))
  }
  const live = [...all.values()].filter((version) => !gone.has(version.stamp)).sort(byStamp)
  if (live.length > 0) return { live, gone: bounded(gone) }
  // No edit sees one stamped above it, so this takes two registers that were tampered with. Lose nothing.
  const newest = [...all.values()].sort(byStamp).slice(-1)
  return { live: newest, gone: bounded([...gone].filter((stamp) => stamp !== newest[0]?.stamp)) }
}

/** How well an edit's `from` fits a version: `part` where it says only part of the value, or yes or no. */
export type Fit = 'whole' | 'part' | 'none'

/** Whether a version was written where the edit is: on the same device or, where that is not known, by the same user. */
export const isOwn = (version: Version, sight: Sight): boolean =>
  version.device !== undefined && sight.device !== undefined
    ? version.device === sight.device
    : version.by !== null && version.by === sight.by

/**
 * The live versions that an edit had seen: those up to its base, and of the same device's own those its `from` names.
 * What others wrote after the base the device had not seen, also where it is the same value by chance. Only without a
 * base is `from` all there is; one that fits in part is weak evidence (a slot's end says nothing of its start; "was not
 * there" fits every absence), so it counts only where nothing else fits.
 */
export function seenBy(register: Register, sight: Sight, fit: (version: Version) => Fit): Version[] {
  const fits = new Map(register.live.map((version) => [version, fit(version)]))
  const [first, ...others] = register.live.filter((version) => fits.get(version) === 'part')
  const sole = others.every((version) => same(version.value, first?.value))
  return register.live.filter((version) => {
    if (version.generation <= sight.sawGeneration) return true
    const fit = fits.get(version)
    if (fit === 'none') return false
    if (isOwn(version, sight) || isOrigin(version.stamp)) return true
    return sight.sawGeneration === 0 && (fit === 'whole' || sole)
  })
}

/** Whether a register has taken an edit with this stamp already. */
export const knows = (register: Register, stamp: Stamp): boolean =>
  register.gone.includes(stamp) || register.live.some((version) => version.stamp === stamp)

/** The register after an edit: what it had seen is gone, its own value stands beside the rest. */
export function addVersion(register: Register, edit: Edit, value: unknown, seen: Version[]): Register {
  const past = new Set(seen.filter((version) => version.stamp < edit.stamp))
  const version: Version = { stamp: edit.stamp, value, by: edit.by, generation: edit.generation }
  if (edit.device !== undefined) version.device = edit.device
  const live = [...register.live.filter((other) => !past.has(other)), version].sort(byStamp)
  return { live, gone: bounded([...register.gone, ...[...past].map((other) => other.stamp)]) }
}

/** Whether a differing value stands beside the version with this stamp. */
export function contestedAt(register: Register, stamp: Stamp): boolean {
  const version = register.live.find((one) => one.stamp === stamp)
  return version !== undefined && register.live.some((other) => !same(other.value, version.value))
}
