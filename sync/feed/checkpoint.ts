/** Checkpoints: opaque to devices, checked when they come back. */
import type { Checkpoint } from '../contract/pull.ts'
import { checkpointState, type CheckpointState } from './checkpoint-state.ts'
import { pack, unpack } from './pack.ts'

/** The checkpoint is garbage, or of another tenant or collection. */
export class InvalidCheckpoint extends Error {
  override readonly name = 'InvalidCheckpoint'
}

export const writeCheckpoint = (checkpoint: CheckpointState): Checkpoint => ({
  token: Buffer.from(JSON.stringify(pack(checkpoint))).toString('base64url'),
})

/** @throws InvalidCheckpoint */
export const readCheckpoint = (
  checkpoint: Checkpoint,
  expected: { group: number; collection: string },
): CheckpointState => {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(checkpoint.token, 'base64url').toString())
  } catch (cause) {
    throw new InvalidCheckpoint('The checkpoint does not parse', { cause })
  }
  const result = checkpointState.safeParse(Array.isArray(parsed) ? unpack(parsed) : parsed)
  if (!result.success)
    throw new InvalidCheckpoint('The checkpoint is not one of ours', { cause: result.error })
  if (result.data.group !== expected.group || result.data.collection !== expected.collection)
    throw new InvalidCheckpoint('The checkpoint belongs to another group or collection')
  return result.data
}
