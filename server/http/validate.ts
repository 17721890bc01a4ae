/** A request against its call's declaration: every fault at once, each with the place and what is expected. */
import type { z } from 'zod'
import { faultInWords } from '../../sync/contract/fault-words.ts'
import type { CallSpec } from '../contract/call.ts'
import { fail, type FieldError } from './problem.ts'

/** What came in, unchecked. */
export interface RawInput {
  params: Record<string, string>
  /** As in the URL, after the question mark. */
  query: string
  body: unknown
}

export interface ValidInput {
  params: unknown
  query: unknown
  body: unknown
}

/** Told of one request: an answer is not to be much larger than what it answers. */
const mostFaults = 100

type Issue = z.core.$ZodIssue

/** The parts that were declared, parsed; fails with INVALID_REQUEST or BATCH_TOO_LARGE otherwise. */
export const validate = (spec: CallSpec, raw: RawInput): ValidInput => {
  const faults: FieldError[] = []
  const params = spec.params ? check(spec.params, raw.params, 'params.', faults) : undefined
  const query = checkQuery(spec, raw.query, faults)
  const streamed = spec.bodyKind === 'multipart' || spec.bodyKind === 'bytes'
  const body = streamed ? undefined : checkBody(spec, raw.body, faults)
  if (faults.length > 0) fail('INVALID_REQUEST', { errors: faults.slice(0, mostFaults) })
  return { params, query, body }
}

/** What of a value is not as its schema says, in words for people. */
export const faultsIn = (schema: z.ZodType, value: unknown): FieldError[] => {
  const faults: FieldError[] = []
  check(schema, value, '', faults)
  return faults
}

const check = (schema: z.ZodType, value: unknown, prefix: string, faults: FieldError[]): unknown => {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues) faults.push(...faultsOf(issue, prefix, value))
  return undefined
}

const checkQuery = (spec: CallSpec, text: string, faults: FieldError[]): unknown => {
  const fields = Object.create(null) as Record<string, string>
  if (text !== '')
    for (const [name, value] of new URLSearchParams(text)) {
      if (name in fields) faults.push({ path: `query.${name}`, message: 'is given more than once' })
      fields[name] = value
    }
  if (spec.query) return check(spec.query, fields, 'query.', faults)
  for (const name of Object.keys(fields)) faults.push({ path: `query.${name}`, message: notKnown })
  return undefined
}

const checkBody = (spec: CallSpec, body: unknown, faults: FieldError[]): unknown => {
  if (!spec.body) return undefined
  if (body === undefined) {
    faults.push({ path: '', message: 'a JSON body is expected' })
    return undefined
  }
  const result = spec.body.safeParse(body)
  if (result.success) return result.data
  const { issues } = result.error
  const tooMany = spec.errors.includes('BATCH_TOO_LARGE') && issues.find(isTooManyItems)
  if (tooMany) fail('BATCH_TOO_LARGE', { errors: faultsOf(tooMany, '', body) })
  for (const issue of issues) faults.push(...faultsOf(issue, '', body))
  return undefined
}

const isTooManyItems = (issue: Issue): boolean =>
  issue.code === 'too_big' && issue.path.length === 1 && issue.path[0] === 'items'

const notKnown = 'is not a field of this call'

const faultsOf = (issue: Issue, prefix: string, value: unknown): FieldError[] => {
  const path = prefix + issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    const before = issue.path.length === 0 ? path : `${path}.`
    return issue.keys.map((key) => ({ path: before + key, message: notKnown }))
  }
  return [{ path, message: faultInWords(issue, value) }]
}
