/** Values that a schema does not allow, each made of a good one by a single mistake. */
import { z } from 'zod'

export interface Mistake {
  /** Where in the value. */
  path: readonly string[]
  what: string
  value: unknown
}

interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  additionalProperties?: unknown
  required?: string[]
  items?: Schema
  format?: string
  minimum?: number
  maximum?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
}

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The branch of a union that a value is of; of several plain ones none. */
const branchFor = (schema: Schema, good: unknown): Schema | undefined => {
  const branches = (schema.anyOf ?? schema.oneOf)?.filter(({ type }) => type !== 'null')
  if (!branches) return schema
  if (branches.length === 1) return branches[0] && branchFor(branches[0], good)
  const objects = branches.map((branch) => branchFor(branch, good)).filter((branch) => branch !== undefined)
  return objects.find(({ required }) => isObject(good) && required?.every((field) => field in good))
}

const wrongTexts: Readonly<Record<string, readonly string[]>> = {
  uuid: ['no-uuid', '6F1C8F0E-0000-4000-8000-000000000011'],
  date: ['2026-02-29', '29/11/2026'],
  'date-time': ['2026-02-29T09:00:00Z', '2026-11-29T09:00:00', 'tomorrow'],
  email: ['nobody'],
}

const longestText = 300_000
const mostItems = 2000

/** Values out of the range of one field. */
const outOfRange = (schema: Schema): [what: string, value: unknown][] => {
  const found: [string, unknown][] = []
  const { type, minimum, maximum, minLength = 0, maxLength, maxItems } = schema
  if (schema.const !== undefined) return schema.const === true ? [['not true', false]] : []
  if (schema.enum) return [['none of the list', 'NONE_OF_THE_LIST']]
  if (type === 'integer' || type === 'number') {
    found.push(['text for a number', 'many'])
    if (type === 'integer') found.push(['a fraction', 1.5])
    if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) found.push(['too small', minimum - 1])
    if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) found.push(['too large', maximum + 1])
  }
  if (type === 'string') {
    found.push(['a number for text', 5])
    for (const text of wrongTexts[schema.format ?? ''] ?? []) found.push([`"${text}"`, text])
    if (minLength > 0) found.push(['empty', ''])
    if (maxLength !== undefined && maxLength < longestText)
      found.push(['too long', 'a'.repeat(maxLength + 1)])
  }
  if (type === 'boolean') found.push(['text for yes or no', 'yes'])
  if (type === 'object') found.push(['text for an object', 'text'])
  if (type === 'array') {
    found.push(['an object for a list', {}])
    if (maxItems !== undefined && maxItems < mostItems)
      found.push(['too many', Array.from({ length: maxItems + 1 }, () => null)])
  }
  return found
}

const inObject = (schema: Schema, good: Json): Mistake[] => {
  const found: Mistake[] = []
  for (const field of schema.required ?? []) {
    const { [field]: _left, ...rest } = good
    found.push({ path: [field], what: 'missing', value: rest })
  }
  if (schema.additionalProperties === false)
    found.push({ path: ['notAField'], what: 'unknown', value: { ...good, notAField: 1 } })
  for (const [field, of] of Object.entries(schema.properties ?? {}))
    for (const { path, what, value } of mistakesIn(of, good[field]))
      found.push({ path: [field, ...path], what, value: { ...good, [field]: value } })
  return found
}

const mistakesIn = (schema: Schema, good: unknown): Mistake[] => {
  const branch = branchFor(schema, good)
  if (!branch) return []
  const whole = outOfRange(branch).map(([what, value]) => ({ path: [], what, value }))
  if (branch.type === 'object' && isObject(good)) return [...whole, ...inObject(branch, good)]
  const list = Array.isArray(good) ? (good as unknown[]) : []
  const { items } = branch
  if (branch.type !== 'array' || !items) return whole
  const inItems = list.flatMap((item, i) =>
    mistakesIn(items, item).map(({ path, what, value }) => ({
      path: [String(i), ...path],
      what,
      value: list.map((other, at) => (at === i ? value : other)),
    })),
  )
  return [...whole, ...inItems]
}

/** Every single mistake that can be made in a body. */
export const mistakesInBody = (schema: z.ZodType, good: unknown): Mistake[] =>
  mistakesIn(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema, good)

/** Numbers to JavaScript, which nobody writes who means one. */
const notInDigits = ({ type }: Schema): [what: string, value: unknown][] =>
  type === 'integer' ? ['0x1', '1e0', ' 1', '1.0'].map((text) => [`"${text}" for a number`, text]) : []

/** Every single mistake in what is written in an address, where all values are text. */
export const mistakesInAddress = (schema: z.ZodObject | undefined, good: Json): Mistake[] => {
  const shape: Readonly<Record<string, z.ZodType>> = schema?.shape ?? {}
  const found: Mistake[] = []
  for (const [field, of] of Object.entries(shape)) {
    const { [field]: _left, ...rest } = good
    if (!of.safeParse(undefined).success) found.push({ path: [field], what: 'missing', value: rest })
    const json = z.toJSONSchema(of, { io: 'output', unrepresentable: 'any' }) as Schema
    const branch = branchFor(json, undefined)
    for (const [what, value] of branch ? [...outOfRange(branch), ...notInDigits(branch)] : [])
      if (typeof value !== 'object' && what !== 'a number for text')
        found.push({
          path: [field],
          what,
          value: { ...good, [field]: typeof value === 'string' ? value : JSON.stringify(value) },
        })
  }
  const more = { ...good, notAField: '1' }
  // A call that hands its query on takes any.
  if (schema?.safeParse(more).success) return found
  return [...found, { path: ['notAField'], what: 'unknown', value: more }]
}
