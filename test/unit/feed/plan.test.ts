import { expect } from 'chai'
import fc from 'fast-check'
import type { CheckpointState, Segment } from '../../../sync/feed/checkpoint-state.ts'
import { firstPullOf, segmentsSince } from '../../../sync/feed/plan.ts'
import { inWindow, windowAt, type Window } from '../../../sync/feed/window.ts'

const dayMs = 86_400_000
const day = (n: number): string => new Date(n * dayMs).toISOString()

const sent = (segments: readonly Segment[], channel: string, date: string, gone: boolean): boolean =>
  segments.some(
    (s) =>
      s.channel === channel &&
      s.position === undefined &&
      (s.gone === true) === gone &&
      (s.from === undefined || date >= s.from) &&
      (s.to === undefined || date < s.to),
  )

const arbWindow: fc.Arbitrary<Window> = fc
  .tuple(fc.option(fc.integer({ min: 0, max: 50 })), fc.option(fc.integer({ min: 51, max: 100 })))
  .map(([from, to]) => ({
    ...(from === null ? {} : { from: day(from) }),
    ...(to === null ? {} : { to: day(to) }),
  }))
const arbChannels = fc.subarray(['group', 'site:1', 'site:2', 'site:3'])

describe('The plan of a pull', () => {
  it('sends on a first pull what lies in the window, of each channel', () => {
    const window = { from: day(1), to: day(9) }
    const segments = firstPullOf('treatments', ['group', 'site:1'], {
      window,
      day: { from: day(4), to: day(5) },
    })
    expect(segments).to.deep.equal([
      { channel: 'group', from: day(1), to: day(9) },
      { channel: 'site:1', from: day(1), to: day(9) },
    ])
  })

  it('sends what today’s diary shows before the rest', () => {
    const today = { from: day(4), to: day(5) }
    const windows = { window: { from: day(1), to: day(9) }, day: today }
    expect(firstPullOf('appointments', ['site:1'], windows)).to.deep.equal([
      { channel: 'site:1', ...today },
      { channel: 'site:1', from: day(1), to: day(4) },
      { channel: 'site:1', from: day(5), to: day(9) },
    ])
    for (const collection of ['clients', 'animals'] as const)
      expect(firstPullOf(collection, ['site:1'], { window: {}, day: today })).to.deep.equal([
        { channel: 'site:1', ...today, booked: true },
        { channel: 'site:1' },
      ])
  })

  it('sends nothing more where neither scope nor window moved', () => {
    const window = { from: day(1), to: day(9) }
    const checkpoint = { channels: ['group'], window, todo: [], position: 7 }
    expect(segmentsSince(checkpoint, ['group'], window)).to.deep.equal([])
  })

  it('sends whatever entered and takes away whatever left, however scope and window move (I7)', () => {
    fc.assert(
      fc.property(
        fc.record({ before: arbChannels, after: arbChannels, was: arbWindow, is: arbWindow }),
        fc.integer({ min: -1, max: 101 }),
        ({ before, after, was, is }, n) => {
          const checkpoint: Pick<CheckpointState, 'channels' | 'window' | 'todo' | 'position'> = {
            channels: before,
            window: was,
            todo: [],
            position: 3,
          }
          const segments = segmentsSince(checkpoint, after, is)
          for (const channel of new Set([...before, ...after])) {
            const held = before.includes(channel) && inWindow(was, day(n))
            const toHold = after.includes(channel) && inWindow(is, day(n))
            if (toHold && !held) expect(sent(segments, channel, day(n), false), 'entered').to.equal(true)
            if (held && !toHold) expect(sent(segments, channel, day(n), true), 'left').to.equal(true)
            if (held && toHold) expect(sent(segments, channel, day(n), true), 'stays').to.equal(false)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('asks for the changes of a channel that was lost, as its records may have moved before', () => {
    const checkpoint = { channels: ['site:1'], window: {}, todo: [], position: 42 }
    expect(segmentsSince(checkpoint, [], {})).to.deep.include({ channel: 'site:1', gone: true, position: 42 })
  })
})

describe('The window of a collection', () => {
  it('covers the days before and after today in every time zone, and moves once a day', () => {
    const settings = { appointments: { pastDays: 14, futureDays: 60 } }
    const noon = 20_000 * dayMs + dayMs / 2
    const window = windowAt(settings, 'appointments', noon)
    expect(inWindow(window, day(20_000 - 14))).to.equal(true)
    expect(inWindow(window, day(20_000 + 61))).to.equal(true)
    expect(inWindow(window, day(20_000 - 16))).to.equal(false)
    expect(inWindow(window, day(20_000 + 62))).to.equal(false)
    expect(windowAt(settings, 'appointments', noon + 60_000)).to.deep.equal(window)
    expect(windowAt(settings, 'appointments', noon + dayMs)).not.to.deep.equal(window)
  })

  it('is open where the group sets none', () => {
    expect(windowAt({}, 'clients', Date.now())).to.deep.equal({})
  })
})
