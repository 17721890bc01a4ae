/** Pulls and events: how a device learns what changed. */
import { z } from 'zod'
import { collectionNames } from './records.ts'
import { deviceId } from './upload.ts'

export const collectionName = z.enum(collectionNames)

/** Opaque; an object, because RxDB merges checkpoints by their fields. */
export const checkpoint = z.strictObject({ token: z.string().max(4000) })
export type Checkpoint = z.infer<typeof checkpoint>

export const pullRequest = z.strictObject({
  deviceId,
  collection: collectionName,
  checkpoint: checkpoint.nullable().default(null),
  limit: z.int().min(1).max(10_000).default(1000),
})
export type PullRequest = z.infer<typeof pullRequest>

/** Documents by collection that a first pull of all of them brings. */
const counts = z.record(collectionName, z.int().min(0))
export type Counts = z.infer<typeof counts>

/** In `Prefer` (RFC 7240): the answer is to say `counts` too. */
export const countPreference = 'count=exact'

const page = z.object({
  documents: z.array(z.looseObject({ id: z.string(), _deleted: z.boolean() })),
  checkpoint,
})

/** Fewer documents than `limit` means caught up. A removed document is its id with `_deleted: true` and nothing else. */
export const pullResponse = page.extend({ counts: counts.optional() })
export type PullResponse = z.infer<typeof pullResponse>

/** The checkpoints of the collections that are asked about; null where a pull brought nothing, and no checkpoint was kept. */
export const newsRequest = z.strictObject({
  deviceId,
  checkpoints: z
    .partialRecord(collectionName, checkpoint.nullable())
    .refine((asked) => Object.keys(asked).length > 0, 'Name at least one collection')
    .meta({ minProperties: 1 }),
})

/** A page is whole: caught up after it. `large`: to be pulled. A collection in neither has nothing new. */
export const newsResponse = z.object({
  pages: z.partialRecord(collectionName, page),
  large: z.array(collectionName),
})
export type NewsResponse = z.infer<typeof newsResponse>

/** The data of one server-sent event. */
export const syncEvent = z.object({ collection: collectionName, checkpoint })
