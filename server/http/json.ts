/** JSON from outside: parsed so that nothing in it can harm what works on it later. */
import { fail } from './problem.ts'

/** Deeper than any record; what walks over a body may be recursive. */
const maxDepth = 64

const quote = 0x22
const backslash = 0x5c

/** Whether brackets nest deeper than `maxDepth`, those in strings left out. */
const tooDeep = (bytes: Buffer): boolean => {
  let depth = 0
  let inString = false
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i]
    if (inString) {
      if (byte === backslash) i += 1
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1
      if (depth > maxDepth) return true
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1
  }
  return false
}

/** Keys that mean something to JavaScript, and halves of a character that no UTF-8 can hold. */
const suspicious = /__proto__|\\u00|\\u[dD][89a-fA-F]/

/** A half of a surrogate pair that stands alone (with the `u` flag, a whole pair is one character). */
const loneSurrogate = /\p{Surrogate}/gu
const wellFormed = (text: string): string => text.replace(loneSurrogate, '\uFFFD')

/** Leaves out fields named `__proto__`, and makes strings well-formed. One such value is no reason to refuse a batch. */
const tidy = (value: unknown): unknown => {
  if (typeof value === 'string') return wellFormed(value)
  if (Array.isArray(value)) return value.map(tidy)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([key]) => key !== '__proto__')
  return Object.fromEntries(entries.map(([key, entry]) => [wellFormed(key), tidy(entry)]))
}

/** The value of a JSON text in UTF-8; fails with MALFORMED_JSON. Of a repeated key the last one counts. */
export const parseJson = (bytes: Buffer): unknown => {
  if (tooDeep(bytes))
    return fail('MALFORMED_JSON', { detail: `The body nests deeper than ${maxDepth} levels.` })
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  try {
    const value: unknown = JSON.parse(text)
    return suspicious.test(text) ? tidy(value) : value
  } catch (error) {
    if (error instanceof SyntaxError) return fail('MALFORMED_JSON', { cause: error })
    throw error
  }
}
