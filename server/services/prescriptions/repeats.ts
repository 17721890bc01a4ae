/**
 * Repeats of a prescription. One is open at a time: its id follows from the repeats that there were before, so that of
 * two who ask at once, at whatever servers, one finds the other's. The first prescription counts them, so that the last
 * one is not taken twice: a repeat takes its place there before it is approved, and gives it back when it comes to
 * nothing.
 */
import type { Group } from '../../../sync/group.ts'
import { bareId, docId, type RecordDoc } from '../../../sync/write/document.ts'
import { reviseRecord, type Writing } from '../../../sync/write/revise.ts'
import { fail } from '../../http/problem.ts'
import { uuidOf } from '../../uuid-of.ts'
import { isInForce } from './life.ts'
import { storedOfAnimal, type StoredPrescription as Stored } from './read.ts'

interface Repeat {
  /** The first prescription, which all repeats of it name. */
  repeatOf: string
  /** Under which it is to be made. */
  id: string
  /** Made of the same request before. */
  standing?: Stored | undefined
}

/**
 * What a new prescription is as a repeat; undefined where it repeats none. Fails with UNKNOWN_REFERENCE,
 * NO_REPEATS_LEFT or ALREADY_REQUESTED.
 */
export const repeatFor = async (
  group: Group,
  { askedAs, data, today }: { askedAs: string; data: Pick<Stored, 'repeatOf' | 'animalId'>; today: string },
): Promise<Repeat | undefined> => {
  if (data.repeatOf === null) return undefined
  const named = (await group.db.get(docId('prescription', data.repeatOf))) as Stored | undefined
  const first = named?.repeatOf
    ? ((await group.db.get(docId('prescription', named.repeatOf))) as Stored)
    : named
  if (first?.animalId !== data.animalId)
    return fail('UNKNOWN_REFERENCE', {
      errors: [{ path: 'repeatOf', message: 'is not a prescription of this animal' }],
    })
  const repeatOf = bareId(first._id)
  const before = (await storedOfAnimal(group, data.animalId)).filter((other) => other.repeatOf === repeatOf)
  const id = uuidOf(JSON.stringify(['repeat', repeatOf, ...before.map(({ _id }) => _id).sort()]))
  const standing = before.find((other) => other.askedAs === askedAs)
  if (standing) return { repeatOf, id, standing }
  mayBeRepeated(first, today)
  const open = before.find((other) => other.status === 'REQUESTED')
  return open ? alreadyRequested(open) : { repeatOf, id }
}

/** Fails with ALREADY_REQUESTED where what stands under a repeat's id was made of another request. */
export const mustBeOwn = (standing: Stored, askedAs: string): void => {
  if (standing.askedAs !== askedAs) alreadyRequested(standing)
}

const alreadyRequested = (open: RecordDoc): never =>
  fail('ALREADY_REQUESTED', { extra: { prescriptionId: bareId(open._id) } })

/** Fails with NO_REPEATS_LEFT where no repeat can be asked for on `today`. */
const mayBeRepeated = (doc: RecordDoc, today: string): void => {
  const { status, repeatsLeft, validUntil } = doc as Stored
  if (!isInForce(status)) fail('NO_REPEATS_LEFT', { detail: 'That prescription is not in force.' })
  if (validUntil !== null && validUntil < today)
    fail('NO_REPEATS_LEFT', { detail: `Repeats could be asked for until ${validUntil}.` })
  if (repeatsLeft === 0) fail('NO_REPEATS_LEFT')
}

/** Counts a repeat, once. Fails with NO_REPEATS_LEFT. */
export const takeRepeat = async (group: Group, repeat: RecordDoc, writing: Writing): Promise<void> => {
  const { id, repeatOf } = { id: bareId(repeat._id), repeatOf: (repeat as Stored).repeatOf }
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
  const { id, repeatOf } = { id: bareId(repeat._id), repeatOf: (repeat as Stored).repeatOf }
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
