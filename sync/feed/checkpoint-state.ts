/** What a checkpoint holds. */
import { z } from 'zod'

const segment = z.strictObject({
  channel: z.string().max(40),
  from: z.string().max(30).optional(),
  to: z.string().max(30).optional(),
  /** The last row sent, `date` U+0000 `rowId`. */
  after: z.string().max(200).optional(),
  /** Changes after this position in place of rows by date: of a channel that was lost. */
  position: z.int().min(0).optional(),
  /** Behind this one of the rows that share the position. */
  row: z.string().max(60).optional(),
  /** Rows to take off the device, where nothing else keeps them there. */
  gone: z.literal(true).optional(),
  /** In place of rows by date: those that the appointments between the two dates are about. */
  booked: z.literal(true).optional(),
})
/** A stretch of a channel's rows by date that a device has yet to be sent. */
export type Segment = z.infer<typeof segment>

/** What a checkpoint says, as it is checked when it comes back. */
export const checkpointState = z.strictObject({
  v: z.literal(1),
  group: z.int(),
  collection: z.string(),
  /** The index's epoch, and the position in it up to which the device has the changes. */
  epoch: z.string().max(40),
  position: z.int().min(0),
  /** Of the rows that share the position, the last one that the device has; absent: it has them all. */
  row: z.string().max(60).optional(),
  /** The identity of the database that `since` is a place of; of another one it means nothing. */
  store: z.string().max(40).optional(),
  /** The store's place up to which the device has the changes, whatever the index. */
  since: z.union([z.string().max(1500), z.number()]),
  channels: z.array(z.string().max(40)).max(600),
  window: z.strictObject({ from: z.string().max(30).optional(), to: z.string().max(30).optional() }),
  todo: z.array(segment).max(2000),
})
export type CheckpointState = z.infer<typeof checkpointState>
