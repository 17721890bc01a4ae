/**
 * A checkpoint as it goes over the line: each pull carries one up and one down, and where there is nothing new they are
 * most of it. A list in place of names, ids in 22 characters, days in place of midnights. Tokens of earlier releases
 * are the object itself, and stay good (checkpoint.ts).
 */
import type { CheckpointState } from './checkpoint-state.ts'

const dayMs = 86_400_000
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const packedUuid = /^![\w-]{22}$/

const packId = (id: string | undefined): string | 0 =>
  id === undefined
    ? 0
    : uuid.test(id)
      ? `!${Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')}`
      : id

const unpackId = (packed: unknown): unknown => {
  if (packed === 0) return undefined
  if (typeof packed !== 'string' || !packedUuid.test(packed)) return packed
  const hex = Buffer.from(packed.slice(1), 'base64url').toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Windows begin and end at midnights (UTC). */
const packInstant = (instant: string | undefined): string | number => {
  if (instant === undefined) return 0
  const day = Date.parse(instant) / dayMs
  return Number.isInteger(day) && day > 0 && new Date(day * dayMs).toISOString() === instant ? day : instant
}

const unpackInstant = (packed: unknown): unknown => {
  if (packed === 0) return undefined
  const isDay = typeof packed === 'number' && Number.isInteger(packed) && Math.abs(packed) < 1e6
  return isDay ? new Date(packed * dayMs).toISOString() : packed
}

const site = /^site:([1-9]\d{0,8})$/

const packChannel = (channel: string): string | number => {
  const [, id] = site.exec(channel) ?? []
  return id === undefined ? channel : Number(id)
}

const unpackChannel = (packed: unknown): unknown => (typeof packed === 'number' ? `site:${packed}` : packed)

const without = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

export const pack = (state: CheckpointState): unknown[] => [
  ...[2, state.group, state.collection, packId(state.epoch), state.position, state.row ?? 0],
  ...[packId(state.store), state.since, state.channels.map(packChannel)],
  ...[packInstant(state.window.from), packInstant(state.window.to), ...state.todo],
]

/** What `pack` was given; of anything else, something that is no checkpoint either. */
export const unpack = (packed: readonly unknown[]): unknown => {
  const [version, group, collection, epoch, position, row, store, since, channels, from, to, ...todo] = packed
  if (version !== 2 || !Array.isArray(channels)) return undefined
  return without({
    ...{ v: 1, group, collection, epoch: unpackId(epoch), position, row: row === 0 ? undefined : row },
    ...{ store: unpackId(store), since, channels: channels.map(unpackChannel), todo },
    window: without({ from: unpackInstant(from), to: unpackInstant(to) }),
  })
}
