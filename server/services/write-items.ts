/** A call's own items through the one write path, all of which are to be taken. */
import type { Actor } from '../../sync/actor.ts'
import type { Group } from '../../sync/group.ts'
import type { UploadResult } from '../../sync/contract/upload.ts'
import type { WritableType } from '../../sync/write/items.ts'

export interface NewRecord {
  /** The record's id, for good: the same again is a repetition. */
  id: string
  data: Readonly<Record<string, unknown>>
}

interface Writing {
  group: Group
  type: WritableType
  actor: Actor
  /** ms since the epoch */
  at: number
  /** Fields that the server keeps itself. */
  served?: Readonly<Record<string, unknown>>
}

/**
 * Makes records; those that stand already, from an attempt that died, stay as they are.
 * @throws Error where one is refused: the call's own checks let through what they should not have
 */
export const writeNew = async (
  { group, type, actor, at, served = {} }: Writing,
  records: readonly NewRecord[],
): Promise<UploadResult[]> => {
  const editedAt = new Date(at).toISOString()
  const items = records.map(({ id, data }) => ({ clientItemId: id, editedAt, data }))
  const kept = Object.fromEntries(records.map(({ id }) => [id, served]))
  const times = { sentAt: at, receivedAt: at }
  const results = await group.upload({ type, actor, deviceId: null, ...times, items, served: kept })
  const refused = results.find(({ outcome }) => outcome === 'REJECTED')
  if (refused) throw new Error(`A new ${type} was refused: ${JSON.stringify(refused.errors)}`)
  return results
}
