/** JSON Schema (2020-12, which OpenAPI 3.1 uses) from the contract's zod types. */
import { z } from 'zod'

export type JsonSchema = Record<string, unknown>

/** Formats that say what their long patterns say. */
const spokenFormats = new Set(['date', 'date-time', 'uuid', 'email'])

/** The schema of what is sent (`input`) or answered (`output`). */
export const schemaOf = (type: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const schema = z.toJSONSchema(type, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined && spokenFormats.has(jsonSchema.format)) delete jsonSchema.pattern
      withoutUnicodeClasses(jsonSchema)
      nameProperties(jsonSchema)
    },
  }) as JsonSchema
  delete schema['$schema']
  return schema
}

/** `\p{…}` means something else, or nothing, to validators that read patterns without the `u` flag. */
const withoutUnicodeClasses = (schema: z.core.JSONSchema.BaseSchema): void => {
  const isUnicode = (pattern: string | undefined): boolean => /\\p\{/i.test(pattern ?? '')
  if (isUnicode(schema.pattern)) delete schema.pattern
  const rest = schema.allOf?.filter((part) => !(typeof part === 'object' && isUnicode(part.pattern)))
  if (rest?.length === 0) delete schema.allOf
  else if (rest) schema.allOf = rest
}

/** A record whose keys are known has them as properties: what it requires is then defined, as linters ask. */
const nameProperties = (schema: z.core.JSONSchema.BaseSchema): void => {
  const names = typeof schema.propertyNames === 'object' ? schema.propertyNames.enum : undefined
  const value = schema.additionalProperties
  if (!names || value === undefined || !schema.required) return
  schema.properties = Object.fromEntries(names.map((name) => [String(name), value]))
  schema.additionalProperties = false
  delete schema.propertyNames
}

/** A parameter of a path or query. */
export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  schema: unknown
  description?: string
  example?: unknown
  style?: 'form'
  explode?: boolean
}

/** Each property as a parameter of its own. A list is sent comma-separated. */
export const parametersOf = (type: z.ZodObject, place: 'path' | 'query', example: unknown): Parameter[] => {
  const required = (schemaOf(type, 'input')['required'] ?? []) as string[]
  const properties = (schemaOf(type, 'output')['properties'] ?? {}) as Record<string, JsonSchema>
  const examples = (example ?? {}) as Record<string, unknown>
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema,
    ...(typeof description === 'string' ? { description } : {}),
    ...(examples[name] === undefined ? {} : { example: exampleOf(schema, examples[name]) }),
    ...(schema['type'] === 'array' ? { style: 'form' as const, explode: false } : {}),
  }))
}

/** An example of the contract is what stands in the URL; OpenAPI's is the list that is written there. */
const exampleOf = ({ type }: JsonSchema, given: unknown): unknown =>
  type === 'array' && typeof given === 'string' ? given.split(',') : given
