/**
 * Clinical free text: of concurrent texts both are kept, marked. One collapses into another only where its
 * lines stand in it whole: "heart murmur" must not vanish into "no heart murmur".
 */
import { canonical } from './canonical.ts'
import { stampMoment } from './clock.ts'
import type { Version } from './types.ts'

const opening = '\n\n--- also written '
const closing = ' ---\n'

/** The line between two texts, with when the second was written (`moment`: ISO 8601 without its Z). */
export const marker = (moment: string): string =>
  `${opening}${moment === '' ? 'earlier' : `${moment}Z`}${closing}`

/** A text field's value as text; nothing is the empty text. */
export const asText = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : canonical(value)

/** Whether all lines of `inner` stand together in `outer`. The empty text stands in every one. */
export const holds = (outer: string, inner: string): boolean =>
  inner === '' || `\n${outer}\n`.includes(`\n${inner}\n`)

/** The versions whose texts no other holds, one each (the newest), by stamp. */
export function distinctTexts(live: Version[]): Version[] {
  return live.filter((version, i) => {
    const text = asText(version.value)
    return !live.some((other, j) => {
      if (i === j) return false
      const otherText = asText(other.value)
      return otherText === text ? j > i : holds(otherText, text)
    })
  })
}

/** All texts of a register as one. */
export function joinTexts(live: Version[]): unknown {
  const [first, ...rest] = distinctTexts(live)
  if (first === undefined || rest.length === 0) return first?.value ?? null
  return asText(first.value) + rest.map((v) => marker(stampMoment(v.stamp)) + asText(v.value)).join('')
}

/** Whether who saw `from` saw this version: alone, or as one of joined texts. */
export function showsText(from: unknown, version: Version): boolean {
  const [seen, text] = [asText(from), asText(version.value)]
  if (seen === text) return true
  if (text === '') return false
  const moment = stampMoment(version.stamp)
  if ((seen + opening).includes(marker(moment) + text + opening)) return true
  if (!seen.startsWith(text + opening)) return false
  // The first of joined texts bears no time of its own, but it is the oldest.
  const next = seen.slice(text.length + opening.length).split(closing, 1)[0] ?? ''
  return moment < (next === 'earlier' ? '' : next.slice(0, -1)) || moment === ''
}

/** `text` with the joined part `old` replaced; null where it has no such part. */
export function replacePart(text: string, old: string, by: string): string | null {
  if (old === '') return null
  const pieces = text.split(new RegExp(`(${opening}\\S+${closing})`))
  const at = pieces.findIndex((piece, i) => i % 2 === 0 && piece === old)
  return at < 0 ? null : pieces.map((piece, i) => (i === at ? by : piece)).join('')
}
