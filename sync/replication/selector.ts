/**
 * Selectors as CouchDB's `_selector` filter reads them: https://docs.couchdb.org/en/stable/api/database/find.html
 * What an operator says of a field that is not there is false, but for `$exists: false`; negations go down to the
 * fields first, as CouchDB's do. Pure. `$regex` is not served: a client's expression could hold the server up.
 */
import { isObject } from './body.ts'
import { badRequest, ProtocolError } from './errors.ts'

type Test = (value: unknown) => boolean

const invalid = (what: string): ProtocolError => badRequest(`The selector is not valid: ${what}.`)

// The order of kinds in CouchDB's collation.
const kinds = ['null', 'boolean', 'number', 'string', 'array', 'object']
const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
const collator = new Intl.Collator('en')

/** CouchDB's collation: https://docs.couchdb.org/en/stable/ddocs/views/collation.html */
function compare(a: unknown, b: unknown): number {
  const kind = kindOf(a)
  if (kind !== kindOf(b)) return kinds.indexOf(kind) - kinds.indexOf(kindOf(b))
  switch (kind) {
    case 'string':
      return collator.compare(String(a), String(b))
    case 'array':
      return compareLists(a as unknown[], b as unknown[])
    case 'object':
      return compareLists(Object.entries(a as object).flat(), Object.entries(b as object).flat())
    default:
      return Number(a) - Number(b)
  }
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (const [at, one] of a.entries()) {
    if (at >= b.length) return 1
    const order = compare(one, b[at])
    if (order !== 0) return order
  }
  return a.length - b.length
}

const listOf = (operator: string, argument: unknown): unknown[] => {
  if (Array.isArray(argument)) return argument
  throw invalid(`${operator} takes an array`)
}

/** Whether one of the arguments is the value, or stands in it where it is an array. */
const amongst = (args: readonly unknown[], value: unknown): boolean =>
  args.some((argument) =>
    (Array.isArray(value) ? [...(value as unknown[]), value] : [value]).some(
      (one) => compare(one, argument) === 0,
    ),
  )

/** Operators on one value. */
const conditions: Readonly<Record<string, (argument: unknown) => Test>> = {
  $lt: (argument) => (value) => compare(value, argument) < 0,
  $lte: (argument) => (value) => compare(value, argument) <= 0,
  $eq: (argument) => (value) => compare(value, argument) === 0,
  $ne: (argument) => (value) => compare(value, argument) !== 0,
  $gte: (argument) => (value) => compare(value, argument) >= 0,
  $gt: (argument) => (value) => compare(value, argument) > 0,
  $in: (argument) => {
    const args = listOf('$in', argument)
    return (value) => amongst(args, value)
  },
  $nin: (argument) => {
    const args = listOf('$nin', argument)
    return (value) => !amongst(args, value)
  },
  $all: (argument) => {
    const args = listOf('$all', argument)
    return (value) => {
      if (!Array.isArray(value) || args.length === 0) return false
      return args.every((one) => value.some((has) => compare(has, one) === 0))
    }
  },
  $size: (argument) => {
    if (!Number.isInteger(argument)) throw invalid('$size takes a whole number')
    return (value) => Array.isArray(value) && value.length === argument
  },
  $type: (argument) => {
    if (typeof argument !== 'string' || !kinds.includes(argument))
      throw invalid('$type takes the name of a type')
    return (value) => kindOf(value) === argument
  },
  $mod: (argument) => {
    const [divisor, rest] = listOf('$mod', argument)
    if (!Number.isInteger(divisor) || !Number.isInteger(rest) || divisor === 0)
      throw invalid('$mod takes a divisor, which is not 0, and a remainder')
    return (value) => Number.isInteger(value) && Number(value) % Number(divisor) === rest
  },
  $beginsWith: (argument) => {
    if (typeof argument !== 'string') throw invalid('$beginsWith takes a text')
    return (value) => typeof value === 'string' && value.startsWith(argument)
  },
  $elemMatch: (argument) => {
    const test = testOf(argument, false)
    return (value) => Array.isArray(value) && value.some(test)
  },
  $allMatch: (argument) => {
    const test = testOf(argument, false)
    return (value) => Array.isArray(value) && value.length > 0 && value.every(test)
  },
  $keyMapMatch: (argument) => {
    const test = testOf(argument, false)
    return (value) => isObject(value) && Object.keys(value).some(test)
  },
}

const opposite: Readonly<Record<string, string>> = {
  ...{ $lt: '$gte', $gte: '$lt', $gt: '$lte', $lte: '$gt' },
  ...{ $eq: '$ne', $ne: '$eq', $in: '$nin', $nin: '$in' },
}

const all =
  (tests: readonly Test[]): Test =>
  (value) =>
    tests.every((test) => test(value))
const any =
  (tests: readonly Test[]): Test =>
  (value) =>
    tests.some((test) => test(value))

/** The test that a selector is; `negated` where what it says is to be false. */
function testOf(selector: unknown, negated: boolean): Test {
  if (!isObject(selector)) return condition('$eq', selector, negated)
  const tests = Object.entries(selector).map(([name, argument]) =>
    name.startsWith('$') ? operator(name, argument, negated) : field(name, argument, negated),
  )
  return negated ? any(tests) : all(tests)
}

function operator(name: string, argument: unknown, negated: boolean): Test {
  switch (name) {
    case '$and':
    case '$or': {
      const tests = listOf(name, argument).map((one) => testOf(one, negated))
      return (name === '$and') === negated ? any(tests) : all(tests)
    }
    case '$nor': {
      const tests = listOf(name, argument).map((one) => testOf(one, !negated))
      return negated ? any(tests) : all(tests)
    }
    case '$not':
      return testOf(argument, !negated)
    default:
      return condition(name, argument, negated)
  }
}

function condition(name: string, argument: unknown, negated: boolean): Test {
  if (name === '$regex')
    throw new ProtocolError(501, 'not_implemented', '$regex is not supported in selectors')
  const other = negated ? opposite[name] : undefined
  const make = Object.hasOwn(conditions, other ?? name) ? conditions[other ?? name] : undefined
  if (!make) throw invalid(`${name} is no operator`)
  const test = make(argument)
  return negated && other === undefined ? (value) => !test(value) : test
}

/** A test of a field, with what `$exists` says of it. */
function field(name: string, argument: unknown, negated: boolean): Test {
  const path = name.split(/(?<!\\)\./).map((step) => step.replaceAll('\\.', '.'))
  const tests = (isObject(argument) ? Object.entries(argument) : [['$eq', argument] as const]).map(
    ([inner, said]): Test => {
      if (inner !== '$exists') {
        const test = inner.startsWith('$') ? operator(inner, said, negated) : field(inner, said, negated)
        return (value) => value !== undefined && test(value)
      }
      if (typeof said !== 'boolean') throw invalid('$exists takes true or false')
      return (value) => (value !== undefined) === (said !== negated)
    },
  )
  const test = tests.length === 0 ? condition('$eq', {}, negated) : negated ? any(tests) : all(tests)
  return (value) => test(valueAt(value, path))
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined
    found = Reflect.get(found, step)
  }
  return found
}

/** Each is looked at for each document, at one go: some thousands hold up everybody else. */
const mostParts = 1000

/** Whether a selector has more fields, operators and arguments than that. */
function isTooLarge(selector: unknown): boolean {
  const waiting = [selector]
  let parts = 0
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const inner: unknown[] = typeof one === 'object' && one !== null ? Object.values(one) : []
    parts += inner.length
    if (parts > mostParts) return true
    waiting.push(...inner)
  }
  return false
}

/**
 * What a selector says of documents.
 * @throws ProtocolError where it is none, or a large one
 */
export function selecting(selector: unknown): Test {
  if (!isObject(selector)) throw badRequest('Selector error: expected a JSON object')
  if (isTooLarge(selector)) throw invalid(`it has more than ${mostParts} parts`)
  return testOf(selector, false)
}
