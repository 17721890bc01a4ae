/** What a register shows, and whether its versions disagree; pure functions of what is live. */
import { canonical } from './canonical.ts'
import type { Kind } from './layout.ts'
import { distinctTexts, joinTexts } from './text.ts'
import type { Version } from './types.ts'

/** How far along a visit is; what is not listed is at the start. */
const progress: ReadonlyMap<unknown, number> = new Map([
  ['ARRIVED', 1],
  ['IN_TREATMENT', 2],
  ['TREATED', 3],
  ['PAID', 4],
])
const endings: ReadonlySet<unknown> = new Set(['CANCELLED', 'FAILED_TO_SHOW'])
const isSet = (value: unknown) => value !== null && value !== undefined

const rank = (version: Version) => progress.get(version.value) ?? 0

/** Of concurrent statuses the further along; before arrival a cancellation stands; of equals the later. */
function statusOf(live: Version[]): Version | undefined {
  const furthest = Math.max(...live.map(rank))
  if (furthest > 0) return live.findLast((version) => rank(version) === furthest)
  return live.findLast((version) => endings.has(version.value)) ?? live.at(-1)
}

/** The value that live versions, ascending by stamp, show. */
export function shownValue(kind: Kind, live: Version[]): unknown {
  if (live.length === 1) return live[0]?.value ?? null
  switch (kind) {
    case 'text':
      return joinTexts(live)
    case 'status':
      return statusOf(live)?.value ?? null
    case 'oneWay':
      return live.findLast((version) => isSet(version.value))?.value ?? null
    case 'value':
      return live.at(-1)?.value ?? null
  }
}

/** One version of each value, the newest, newest first. */
function distinct(live: Version[]): Version[] {
  const found = new Map<string, Version>()
  for (const version of live.toReversed()) {
    const key = canonical(version.value)
    if (!found.has(key)) found.set(key, version)
  }
  return [...found.values()]
}

function contested(kind: Kind, versions: Version[]): boolean {
  if (kind !== 'status') return versions.length > 1
  const ended = versions.filter((version) => endings.has(version.value)).length
  return ended > 1 || (ended === 1 && versions.some((version) => rank(version) > 0))
}

/** The versions that a person should choose between, newest first; none where there is nothing to settle. */
export function contenders(kind: Kind, live: Version[]): Version[] {
  if (live.length < 2) return []
  const among = kind === 'oneWay' ? live.filter((version) => isSet(version.value)) : live
  const versions = kind === 'text' ? distinctTexts(live).toReversed() : distinct(among)
  return contested(kind, versions) ? versions : []
}
