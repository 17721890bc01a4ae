/** Requests for a call, made from its own schema and its example, and then bent: what a caller may send by mistake or on purpose. */
import fc from 'fast-check'
import { z } from 'zod'
import type { CallSpec } from '../../../server/contract/call.ts'
import { demoPassword } from '../../../server/demo/practice.ts'

type Json = Record<string, unknown>

/** A value with a key of its own that is called `__proto__`. */
const polluted = JSON.parse(
  '{"__proto__":{"polluted":true,"roles":["groupAdmin"]},"constructor":{"prototype":{"polluted":true}}}',
) as Json

const nested = (depth: number): unknown => {
  let value: unknown = 1
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

/** Values that break programs. */
export const hostile: readonly unknown[] = [
  ...['', ' ', '\u0000', '\ud800', '\uffff', '\u202e', 'é'.normalize('NFD'), '💉', 'a'.repeat(20_000)],
  ...['../../../etc/passwd', '..%2f..%2f', '_design/x', 'reference:site:1', 'animal:', '/', '%00', '%', '\\'],
  ...[
    '\r\nX-Injected: 1',
    '<script>alert(1)</script>',
    "' OR 1=1 --",
    '${7*7}',
    '{{7*7}}',
    '$where',
    'javascript:1',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'null',
    'undefined',
    'NaN',
    'true',
    '[]',
    '{}',
  ],
  ...[
    'ａｍｅｌｉａ.vet',
    'аmelia.vet',
    'amelia.vet\u200b',
    'AMELIA.VET',
    'amelia.vet\u0000',
    'amelia.vet\n',
    demoPassword,
  ],
  ...[
    '0',
    '-1',
    '1e309',
    '0x10',
    '1.5',
    '٣',
    '9007199254740993',
    '2026-02-30',
    '2026-11-23T25:61:00Z',
    '0000-00-00',
  ],
  ...[
    '9999-12-31T23:59:59.999Z',
    '-271821-04-20T00:00:00Z',
    '+275760-09-13T00:00:00.001Z',
    'now',
    'Europe/Nowhere',
  ],
  ...['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ...[0, -0, -1, 1.5, 1e21, 1e308, Number.MAX_SAFE_INTEGER, 2 ** 53, -(2 ** 53), 2 ** 31, 1e-7],
  ...[null, true, false, [], {}, [[]], [null], nested(70), nested(20), polluted],
  ...[
    { $gt: null },
    { $ne: 1 },
    { $regex: '.*' },
    { $where: 'sleep(1000)' },
    { $or: [{}] },
    { _id: { $exists: true } },
  ],
  ...[{ length: 1e9 }, { toString: 'x', valueOf: 'y' }, { toJSON: 1 }, { then: 1 }, { from: 1, to: 1 }],
]

interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  $ref?: string
  $defs?: Record<string, Schema>
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema | boolean
  format?: string
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  minLength?: number
}

const anything = fc.constantFrom(...hostile)

const texts: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  uuid: fc.uuid(),
  email: fc.emailAddress(),
  date: fc.date({ noInvalidDate: true }).map((day) => day.toISOString().slice(0, 10)),
  'date-time': fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
}

/** Values that a JSON Schema allows, as far as it can be told without its patterns. */
const fromSchema = (schema: Schema, depth = 0): fc.Arbitrary<unknown> => {
  if (depth > 6) return fc.constant(null)
  const inner = (one: Schema): fc.Arbitrary<unknown> => fromSchema(one, depth + 1)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (options && options.length > 0) return fc.oneof(...options.map(inner))
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([key, value]) => [key, inner(value)] as const,
      )
      return fc.record(Object.fromEntries(fields), { requiredKeys: (schema.required ?? []) as never[] })
    }
    case 'array': {
      const { items, minItems = 0, maxItems = 3 } = schema
      const most = Math.max(minItems, Math.min(maxItems, 3))
      return fc.array(typeof items === 'object' ? inner(items) : anything, {
        minLength: minItems,
        maxLength: most,
      })
    }
    case 'integer':
    case 'number': {
      const min = Math.max(schema.minimum ?? -1e6, -1e9)
      return fc.integer({
        min: Math.ceil(min),
        max: Math.floor(Math.max(min, Math.min(schema.maximum ?? 1e6, 1e9))),
      })
    }
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      return (
        texts[schema.format ?? ''] ??
        fc.string({ minLength: schema.minLength ?? 0, maxLength: 40, unit: 'binary' })
      )
    default:
      return anything
  }
}

const schemaOf = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema

/** Where in a value something is changed: a number for each step, taken modulo what there is. */
interface Bend {
  path: number[]
  how: 'replace' | 'remove' | 'add' | 'double'
  value: unknown
}

const bends = fc.array(
  fc.record({
    path: fc.array(fc.nat(20), { maxLength: 5 }),
    how: fc.constantFrom<Bend['how']>('replace', 'replace', 'replace', 'remove', 'add', 'double'),
    value: anything,
  }),
  { maxLength: 3 },
)

const bent = (value: unknown, { path, how, value: other }: Bend): unknown => {
  if (path.length === 0 || value === null || typeof value !== 'object')
    return how === 'replace' ? other : value
  const [step = 0, ...rest] = path
  const keys = Object.keys(value)
  const key = keys[step % Math.max(1, keys.length)]
  if (Array.isArray(value)) {
    const list = value as unknown[]
    if (how === 'double') return [...list, ...list]
    return key === undefined
      ? [other]
      : list.map((one, i) => (i === Number(key) ? bent(one, { path: rest, how, value: other }) : one))
  }
  const entries = Object.entries(value)
  if (how === 'add')
    return Object.fromEntries([...entries, [typeof other === 'string' ? other : 'extra', other]])
  if (how === 'remove') return Object.fromEntries(entries.filter(([name]) => name !== key))
  return Object.fromEntries(
    entries.map(([name, one]) => [name, name === key ? bent(one, { path: rest, how, value: other }) : one]),
  )
}

export interface FuzzRequest {
  params: Json
  query: Json
  body: unknown
  headers: Record<string, string>
}

const headerValues = fc.constantFrom(
  ...[
    '',
    ' ',
    '*',
    'W/"x"',
    '"',
    '1-abc',
    'a'.repeat(300),
    '../..',
    '$ne',
    'null',
    '{}',
    '0',
    '-1',
    '\u00ff',
    'a,b',
    '💉',
  ],
)
const headers = fc.dictionary(
  fc.constantFrom(
    ...['If-Match', 'If-None-Match', 'Idempotency-Key', 'Accept', 'Accept-Encoding', 'X-Request-Id', 'Range'],
    ...[
      'Client-Version',
      'If-Modified-Since',
      'X-Forwarded-For',
      'Upload-Offset',
      'Upload-Metadata',
      'Content-Encoding',
    ],
    ...['Upload-Length', 'Tus-Resumable', 'Upload-Concat', 'X-HTTP-Method-Override', 'Cookie', 'Expect-CT'],
  ),
  headerValues.map((value) => value.replace(/[^\x20-\xff]/g, '')),
  { maxKeys: 2 },
)

/** Requests for a call: its example, or what its schema allows, each part bent up to three times. */
export const requestsFor = (
  spec: CallSpec,
  example: { params: Json; query: Json; body: unknown },
): fc.Arbitrary<FuzzRequest> => {
  const part = (schema: z.ZodType | undefined, given: unknown): fc.Arbitrary<unknown> => {
    const base = schema ? fc.oneof(fc.constant(given), fromSchema(schemaOf(schema))) : fc.constant(given)
    return fc.tuple(base, bends).map(([value, changes]) => changes.reduce(bent, value))
  }
  return fc.record({
    params: part(spec.params, example.params) as fc.Arbitrary<Json>,
    query: part(spec.query, example.query) as fc.Arbitrary<Json>,
    body: part(spec.documentedBody ?? spec.body, example.body),
    headers,
  })
}
