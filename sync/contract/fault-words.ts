/** What the validator found, in words for people. Messages that a schema brings itself are so already. */
import type { z } from 'zod'

type Issue = z.core.$ZodIssue

const kinds: Readonly<Record<string, string>> = {
  ...{ string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false' },
  ...{ array: 'a list', object: 'an object', record: 'an object' },
}
const sizes = /^Too (?:small|big): expected (\w+) to (?:be|have) ([<>]=?)(-?[\d.e+]+)/
const units: Readonly<Record<string, string>> = { string: 'characters', array: 'items' }

/** Faults of a value itself; of a field that is not there they say less than that it is not. */
const saysWhatItIs = new Set<Issue['code']>(['invalid_type', 'invalid_format', 'invalid_union'])

/** @param value what was checked, in which the fault's path leads to the faulty part */
export const faultInWords = (issue: Issue, value: unknown): string => {
  const missing = saysWhatItIs.has(issue.code) && issue.path.length > 0 && at(value, issue.path) === undefined
  return missing ? 'is required' : inWords(issue.message)
}

const at = (value: unknown, path: Issue['path']): unknown =>
  path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  )

const inWords = (text: string): string => {
  const message = text.replace(/^Invalid input: /, '')
  if (message === 'Invalid input') return 'is none of what it may be'
  if (message.endsWith('received undefined')) return 'is required'
  const [, expected] = /^expected (\w+), received/.exec(message) ?? []
  if (expected !== undefined) return `must be ${kinds[expected] ?? expected}`
  const [, of = '', sign = '', bound = ''] = sizes.exec(message) ?? []
  if (of !== '' && sign.endsWith('=')) return ofSize(of, sign === '>=' ? 'at least' : 'at most', bound)
  const [, options] = /^Invalid option: expected one of (.+)$/.exec(message) ?? []
  if (options !== undefined) return `must be one of ${options.replaceAll('|', ', ')}`
  return message.replace(/^Invalid email address$/, 'must be an e-mail address')
}

const ofSize = (of: string, how: string, bound: string): string => {
  if (!(of in units)) return `must be ${how} ${bound}`
  return how === 'at least' && bound === '1' ? 'must not be empty' : `must have ${how} ${bound} ${units[of]}`
}
