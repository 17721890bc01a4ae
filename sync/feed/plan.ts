/**
 * What a pull has to send besides the changes: pure. A first pull is every channel's rows in the window; later,
 * whatever the scope and the window have gained or lost since the checkpoint.
 */
import type { CheckpointState, Segment } from './checkpoint-state.ts'
import type { CollectionName } from '../contract/records.ts'
import type { Window } from './window.ts'

const without = (all: readonly string[], less: readonly string[]): string[] =>
  all.filter((c) => !less.includes(c))

/** Rows of `channel` between two dates; none where the bounds are the same or cross. */
const stretch = (
  channel: string,
  from: string | undefined,
  to: string | undefined,
  gone: boolean,
): Segment[] =>
  from !== undefined && to !== undefined && from >= to
    ? []
    : [
        {
          channel,
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
          ...(gone ? { gone: true as const } : {}),
        },
      ]

const moved = (channel: string, before: Window, now: Window): Segment[] => {
  const segments: Segment[] = []
  if (before.from !== now.from) {
    const [a, b] = [before.from ?? '', now.from ?? '']
    segments.push(...stretch(channel, a < b ? a : b, a < b ? b : a, a < b))
  }
  if (before.to !== now.to) {
    const [a, b] = [before.to ?? '\uffff', now.to ?? '\uffff']
    segments.push(...stretch(channel, a < b ? a : b, a < b ? b : a, b < a))
  }
  return segments
}

/** The segments of a channel that is new to a device. */
const snapshotOf = (channels: readonly string[], window: Window): Segment[] =>
  channels.flatMap((channel) => stretch(channel, window.from, window.to, false))

/**
 * The segments of a first pull. What today's diary shows comes before the rest, so that it can be used before all is
 * there: today's appointments, and the clients and animals that they are about, which the rest repeats.
 */
export const firstPullOf = (
  collection: CollectionName,
  channels: readonly string[],
  { window, day }: { window: Window; day: Required<Window> },
): Segment[] => {
  const all = snapshotOf(channels, window)
  const each = (segments: (channel: string) => Segment[]): Segment[] => channels.flatMap(segments)
  if (collection === 'clients' || collection === 'animals')
    return [...each((channel) => [{ channel, ...day, booked: true as const }]), ...all]
  if (collection !== 'appointments') return all
  return [
    ...each((channel) => [{ channel, ...day }]),
    ...each((channel) => stretch(channel, window.from, day.from, false)),
    ...each((channel) => stretch(channel, day.to, window.to, false)),
  ]
}

const rowOf = ({ row }: { row?: string | undefined }): { row?: string } => (row === undefined ? {} : { row })

/** What is still to send to a device at `checkpoint` that is now to hold `channels` within `window`. */
export const segmentsSince = (
  checkpoint: Pick<CheckpointState, 'channels' | 'window' | 'todo' | 'position' | 'row'>,
  channels: readonly string[],
  window: Window,
): Segment[] => {
  const gained = without(channels, checkpoint.channels)
  const lost = without(checkpoint.channels, channels)
  const kept = without(channels, gained)
  return [
    ...checkpoint.todo.filter((segment) => segment.gone === true || !lost.includes(segment.channel)),
    ...lost.flatMap((channel) => [
      { channel, gone: true as const },
      { channel, gone: true as const, position: checkpoint.position, ...rowOf(checkpoint) },
    ]),
    ...kept.flatMap((channel) => moved(channel, checkpoint.window as Window, window)),
    ...snapshotOf(gained, window),
  ]
}
