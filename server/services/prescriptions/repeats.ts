/**
 * Repeats of a prescription. The first prescription counts them, so that two repeats asked for at once cannot both
 * take the last one: a repeat takes its place there before it is approved, and gives it back when it comes to nothing.
 */
import type { Prescription } from '../../../sync/contract/practice-records.ts'
import type { Group } from '../../../sync/group.ts'
import type { RecordDoc } from '../../../sync/write/document.ts'
import { reviseRecord, type Writing } from '../../../sync/write/revise.ts'
import { fail } from '../../http/problem.ts'
import { isInForce } from './life.ts'

type Stored = RecordDoc & Prescription

/** Fails with NO_REPEATS_LEFT where no repeat can be asked for on `today`. */
export const mayBeRepeated = (doc: RecordDoc, today: string): void => {
  const { status, repeatsLeft, validUntil } = doc as Stored
  if (!isInForce(status)) fail('NO_REPEATS_LEFT', { detail: 'That prescription is not in force.' })
  if (validUntil !== null && validUntil < today)
    fail('NO_REPEATS_LEFT', { detail: `Repeats could be asked for until ${validUntil}.` })
  if (repeatsLeft === 0) fail('NO_REPEATS_LEFT')
}

/** Counts a repeat, once. Fails with NO_REPEATS_LEFT. */
export const takeRepeat = async (group: Group, repeat: RecordDoc, writing: Writing): Promise<void> => {
  const { id, repeatOf } = { id: bare(repeat), repeatOf: (repeat as Stored).repeatOf }
  if (repeatOf === null) return
  await reviseRecord(
    group.db,
    {
      type: 'prescription',
      id: repeatOf,
      change: (doc) => {
        const { repeats, repeatsLeft } = doc as Stored
        if (repeats.includes(id)) return undefined
        if (repeatsLeft === 0) return fail('NO_REPEATS_LEFT')
        return { repeats: [...repeats, id], repeatsLeft: repeatsLeft - 1 }
      },
    },
    writing,
  )
}

/** Gives the place of a repeat back that came to nothing. */
export const releaseRepeat = async (group: Group, repeat: RecordDoc, writing: Writing): Promise<void> => {
  const { id, repeatOf } = { id: bare(repeat), repeatOf: (repeat as Stored).repeatOf }
  if (repeatOf === null) return
  await reviseRecord(
    group.db,
    {
      type: 'prescription',
      id: repeatOf,
      change: (doc) => {
        const { repeats, repeatsLeft } = doc as Stored
        if (!repeats.includes(id)) return undefined
        return { repeats: repeats.filter((other) => other !== id), repeatsLeft: repeatsLeft + 1 }
      },
    },
    writing,
  )
}

const bare = (doc: RecordDoc): string => doc._id.slice('prescription:'.length)
