/** Uploads: batches of items, each of which stands alone. */
import { z } from 'zod'
import { instant, revision, uuid } from './fields.ts'

export const maxBatchItems = 500

/** A device's own id, made once at installation. */
export const deviceId = z
  .string()
  .regex(/^[^\p{C}]{1,100}$/u, 'must be 1 to 100 characters, none of them control characters')

/** The envelope. Its items are checked one by one, so that a bad one harms no other. */
export const uploadBatch = z.strictObject({
  deviceId,
  batchId: z.string().min(1).max(100),
  sentAt: instant,
  items: z.array(z.unknown()).max(maxBatchItems),
})

/** An object, whose fields its record's own shape checks: `z.record` would look at each and copy it before. */
const fields = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: ({ input }) => (input === undefined ? 'is required' : 'must be an object') },
)

/** An item that makes a record; the record's id is `clientItemId`. */
export const createItem = z.strictObject({ clientItemId: uuid, editedAt: instant, data: fields })

export type CreateItem = z.infer<typeof createItem>

export const fieldChange = z.strictObject({ from: z.unknown(), to: z.unknown() })

/** An item that changes a record: `from` is what the user saw, `to` what they made of it. */
export const editItem = z.strictObject({
  clientItemId: uuid,
  id: uuid,
  baseRevision: revision.nullable().default(null),
  editedAt: instant,
  changes: z.record(z.string(), fieldChange),
})
export type EditItem = z.infer<typeof editItem>

export const outcome = z.enum(['CREATED', 'UPDATED', 'MERGED', 'DUPLICATE', 'CONFLICT', 'REJECTED'])

export const itemError = z.object({
  path: z.string().describe('Where in the item, e.g. `data.quantity`'),
  code: z.string(),
  message: z.string(),
})
export type ItemError = z.infer<typeof itemError>

/** A value that another edit set apart: what, by whom, when. */
export const conflictValue = z.object({
  value: z.unknown(),
  by: z.string().nullable().describe('The user who wrote it, where known'),
  byName: z.string().nullable().optional().describe('Their name, in lists and pulls of conflicts'),
  at: instant.nullable(),
  stamp: z.string(),
})

/** What a merge could not settle alone; `id` is a hash of the stamps of its values. */
export const conflict = z.object({
  id: uuid,
  recordType: z.string(),
  recordId: z.string(),
  field: z.string().describe('The field, or the name of the unit of fields'),
  fields: z.array(z.string()).describe('The record’s fields that it is about'),
  shown: z.unknown(),
  values: z.array(conflictValue),
})
export type Conflict = z.infer<typeof conflict>

export const uploadResult = z.object({
  clientItemId: z.string().nullable(),
  id: z.string().nullable(),
  revision: z.string().nullable(),
  outcome,
  record: z.record(z.string(), z.unknown()).optional(),
  conflicts: z.array(conflict).optional(),
  errors: z.array(itemError).optional(),
  retryable: z.boolean().optional(),
  outOfWindow: z
    .literal(true)
    .optional()
    .describe(
      'The record lies outside of the days that devices hold: it is stored, and pulls do not bring it',
    ),
})
export type UploadResult = z.infer<typeof uploadResult>
export const uploadResults = z.object({ results: z.array(uploadResult) })
