/** What the importer hands over, in its own process or to a running server: a batch of mapped rows. */
import { z } from 'zod'
import { currency, groupId, siteId, vatRate } from '../../sync/contract/fields.ts'
import { fieldNames } from './columns.ts'

/** A number of a row's line in its file. */
const line = z.int().min(1)

const animalRow = z.object({
  line,
  /** What the row is known by in its file, and which occurrence of that it is. */
  key: z.string().min(1).max(100),
  occurrence: z.int().min(1),
  fields: z.partialRecord(z.enum(fieldNames('animals')), z.string()),
})

const priceRow = z.object({ line, fields: z.partialRecord(z.enum(fieldNames('prices')), z.string()) })

/** How a row's texts are to be understood. */
export const settingsShape = z.object({
  siteId,
  /** The practice's former system: what the rows' ids are ids of. */
  system: z.string().min(1).max(80),
  currency,
  vatRate,
  dates: z.enum(['dmy', 'mdy']).nullable(),
})
export type ImportSettings = z.infer<typeof settingsShape>

const common = { groupId, settings: settingsShape }

/** A batch as it is sent to a running server. */
export const batchShape = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('animals'), rows: z.array(animalRow).max(10_000) }),
  z.object({ ...common, kind: z.literal('prices'), rows: z.array(priceRow).max(10_000) }),
])
export type ImportBatch = z.infer<typeof batchShape>
export type AnimalRow = z.infer<typeof animalRow>
export type PriceRow = z.infer<typeof priceRow>

/** What became of a batch, by rows. */
export const outcomeShape = z.object({
  imported: z.int(),
  /** Prices that had changed. */
  updated: z.int(),
  /** Already there. */
  present: z.int(),
  refused: z.array(z.object({ line, reason: z.string() })),
})
export type BatchOutcome = z.infer<typeof outcomeShape>
