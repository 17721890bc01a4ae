/** Conditional requests and ranges (RFC 9110, sections 13 and 14): pure. */
import parseRange from 'range-parser'

/** What is asked for, as it stands. */
export interface Selected {
  /** A strong entity tag, quoted. */
  etag: string
  /** ms since the epoch; HTTP dates have whole seconds. */
  modifiedAt: number
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

const textOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

const tagsIn = (text: string): string[] => text.match(/(?:W\/)?"[^"]*"|\*/g) ?? []
const opaque = (tag: string): string => tag.replace(/^W\//, '')
const seconds = (ms: number): number => Math.floor(ms / 1000)
const secondsOf = (text: string | undefined): number | undefined => {
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : seconds(ms)
}

/**
 * The revisions that `If-Match` names, quoted or not, of which any may be the present one (section 13.1.1); undefined
 * where it asks for none: it is not there, or `*`. A weak one is never the present one.
 */
export const revisionsIn = (ifMatch: string | undefined): string[] | undefined => {
  const given = ifMatch?.split(',').map((tag) => tag.trim().replace(/^"(.*)"$/, '$1'))
  return given?.includes('*') ? undefined : given
}

/** What the conditions say of a GET or HEAD, in the order of section 13.2.2. */
export const verdict = (
  headers: Headers,
  { etag, modifiedAt }: Selected,
): 'go on' | 'unchanged' | 'failed' => {
  const ifMatch = textOf(headers, 'if-match')
  const unmodifiedSince = secondsOf(textOf(headers, 'if-unmodified-since'))
  if (ifMatch !== undefined) {
    // By strong comparison: a weak tag is never the same.
    if (!tagsIn(ifMatch).some((tag) => tag === '*' || tag === etag)) return 'failed'
  } else if (unmodifiedSince !== undefined && seconds(modifiedAt) > unmodifiedSince) return 'failed'
  const ifNoneMatch = textOf(headers, 'if-none-match')
  if (ifNoneMatch !== undefined)
    return tagsIn(ifNoneMatch).some((tag) => tag === '*' || opaque(tag) === etag) ? 'unchanged' : 'go on'
  const modifiedSince = secondsOf(textOf(headers, 'if-modified-since'))
  return modifiedSince !== undefined && seconds(modifiedAt) <= modifiedSince ? 'unchanged' : 'go on'
}

/** Parts of a file, both ends inclusive. */
export interface Part {
  start: number
  end: number
}

/** More parts than a reader has use for make a small request expensive. */
const mostParts = 20

/**
 * The parts that `Range` asks for; undefined where the whole is to be sent: no range, one that cannot be read, or one
 * of another state (`If-Range`). Empty where none of them is in the file.
 */
export const partsOf = (headers: Headers, selected: Selected, size: number): Part[] | undefined => {
  const range = textOf(headers, 'range')
  if (range === undefined || isBackwards(range) || !holds(textOf(headers, 'if-range'), selected))
    return undefined
  const parsed = parseRange(size, withinSize(range, size), { combine: true })
  if (parsed === -2) return undefined
  if (parsed === -1) return []
  if (parsed.type.toLowerCase() !== 'bytes' || parsed.length > mostParts) return undefined
  return parsed.map(({ start, end }) => ({ start, end }))
}

/** A range that ends before it begins is none (section 14.1.1); the parser would find it not to be in the file. */
const isBackwards = (range: string): boolean =>
  [...range.matchAll(/(\d+)\s*-\s*(\d+)/g)].some(([, first, last]) => Number(last) < Number(first))

/** A suffix longer than the file is all of it (section 14.1.2); the parser would find it not to be in the file. */
const withinSize = (range: string, size: number): string =>
  range.replace(
    /([=,]\s*)-(\d+)/g,
    (_, before: string, length: string) => `${before}-${Math.min(Number(length), size)}`,
  )

const holds = (ifRange: string | undefined, { etag, modifiedAt }: Selected): boolean => {
  if (ifRange === undefined) return true
  if (ifRange.includes('"')) return ifRange.trim() === etag
  return secondsOf(ifRange) === seconds(modifiedAt)
}
