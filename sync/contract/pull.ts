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

/** Fewer documents than `limit` means caught up. A removed document is its id with `_deleted: true` and nothing else. */
export const pullResponse = z.object({
  documents: z.array(z.looseObject({ id: z.string(), _deleted: z.boolean() })),
  checkpoint,
  counts: counts.optional(),
})
export type PullResponse = z.infer<typeof pullResponse>

/** The data of one server-sent event. */
export const syncEvent = z.object({ collection: collectionName, checkpoint })
