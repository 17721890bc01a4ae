/**
 * What the reference page shows: the OpenAPI document in the terms of OpenAPI 3.0, which Swagger UI reads in half the
 * time that it takes for 3.1. For display alone; `/openapi.json` and `/openapi.yaml` are the API's description.
 */
import { openApiDocument } from '../openapi/document.ts'

type Fields = Readonly<Record<string, unknown>>

/** Below these stand values, not schemas. */
const values: ReadonlySet<string> = new Set(['example', 'examples', 'enum', 'default'])

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const isNull = (schema: unknown): boolean => isFields(schema) && schema['type'] === 'null'

/** Says that a value may be null as 3.0 does. */
const nullable = (schema: Fields): Fields => {
  const { type, anyOf, ...rest } = schema
  if (Array.isArray(anyOf) && anyOf.some(isNull)) {
    const [only, ...others] = anyOf.filter((part) => !isNull(part)) as Fields[]
    const one = others.length === 0 && only && !('$ref' in only)
    return { ...rest, ...(one ? only : { anyOf: [only, ...others] }), nullable: true }
  }
  if (!Array.isArray(type)) return schema
  const [only, ...others] = type.filter((name) => name !== 'null') as string[]
  const types = others.length === 0 ? { type: only } : { anyOf: [only, ...others].map((type) => ({ type })) }
  return { ...rest, ...types, ...(type.includes('null') ? { nullable: true } : {}) }
}

/** Keywords that 3.0 has under another name. */
const renamed = (schema: Fields): Fields => {
  const { const: only, contentMediaType, propertyNames: _names, ...rest } = schema
  return {
    ...rest,
    ...('const' in schema ? { enum: [only] } : {}),
    ...(contentMediaType === 'application/octet-stream' ? { format: 'binary' } : {}),
  }
}

/** A part of an OpenAPI 3.1 document in the terms of 3.0. */
export const inOpenApi30 = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(inOpenApi30)
  if (!isFields(part)) return part
  const inner = Object.entries(part).map(([key, value]) => [
    key,
    values.has(key) ? value : inOpenApi30(value),
  ])
  return renamed(nullable(Object.fromEntries(inner) as Fields))
}

/** The document of the reference page. */
export const referenceDocument = (): object => ({
  ...(inOpenApi30(openApiDocument()) as Fields),
  openapi: '3.0.4',
})
