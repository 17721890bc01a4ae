/** Places in a group's changes as foreign clients keep them: opaque, and checked when they come back. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Seq } from '../../store/port.ts'

const parts = [
  z.int(),
  z.string().max(40),
  z.string().max(40),
  z.string().max(40),
  z.union([z.string().max(1500), z.number()]),
] as const
/** Places given before 2 do not say of which database they are. */
const state = z.union([
  z.tuple([z.literal(2), ...parts, z.string().max(40)]),
  z.tuple([z.literal(1), ...parts]),
])

export interface ChangesPlace {
  /** In the index of that epoch; 0: the beginning. */
  position: number
  epoch: string
  /** A mark of the channels that were read; under others everything is told again. */
  scope: string
  /** The identity of the database that `since` is a place of; of another one it means nothing. */
  store: string
  /** The store's own place up to which everything has been told, whatever the index. */
  since: Seq
}

/** The database that a place belongs to. */
export interface PlaceOwner {
  groupId: number
  collection: string | undefined
}

/** The place is of another database, or no place at all. */
export class ForeignPlace extends RangeError {
  override readonly name = 'ForeignPlace'
}

/** A short mark of a set of channels. */
export const scopeOf = (channels: readonly string[]): string =>
  hash('md5', [...channels].sort().join('\n')).slice(0, 10)

/** `<position>-<the rest>`: clients take the number for progress. */
export const writePlace = (
  { position, epoch, scope, since, store }: ChangesPlace,
  { groupId, collection = '' }: PlaceOwner,
): string => {
  const rest = JSON.stringify([2, groupId, collection, epoch, scope, since, store])
  return `${position}-${Buffer.from(rest).toString('base64url')}`
}

/** @throws ForeignPlace */
export const readPlace = (seq: Seq, owner: PlaceOwner): ChangesPlace | undefined => {
  if (seq === 0) return undefined
  const [, number = '', rest = ''] = /^(\d{1,15})-([\w-]+)$/.exec(String(seq)) ?? []
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(rest, 'base64url').toString())
  } catch (cause) {
    throw new ForeignPlace('The place does not parse', { cause })
  }
  const result = state.safeParse(parsed)
  if (!result.success) throw new ForeignPlace('The place is none of ours', { cause: result.error })
  const [, groupId, collection, epoch, scope, since, store = ''] = result.data
  if (groupId !== owner.groupId || collection !== (owner.collection ?? ''))
    throw new ForeignPlace('The place belongs to another database')
  return { position: Number(number), epoch, scope, since, store }
}
