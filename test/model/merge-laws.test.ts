/** The laws of merge, on histories that fast-check makes up: replicas that edit, look away, and merge. */
import { expect } from 'chai'
import * as fc from 'fast-check'
import { canonical } from '../../sync/merge/canonical.ts'
import { changesBetween } from '../../sync/merge/changes.ts'
import { entryStamp, stampTime, successor } from '../../sync/merge/clock.ts'
import { conflictsOf } from '../../sync/merge/conflicts.ts'
import { applyEdit, mergeStates } from '../../sync/merge/record.ts'
import { reapply, type Unsent } from '../../sync/merge/reapply.ts'
import type { RecordState } from '../../sync/merge/types.ts'
import {
  action,
  after,
  enterEdit,
  history,
  liveOf,
  World,
  type Action,
  type Replica,
} from '../unit/merge/merge-history.ts'
import { noon, recordId } from '../unit/merge/merging.ts'

const type = 'appointment'
const runs = { numRuns: 1000 }
const patience = 30_000
const merge = (a: RecordState, b: RecordState) => mergeStates(type, a, b)
const bytes = (state: RecordState) => JSON.stringify(state)

/** A user's edit of what `base` shows, as it enters `state`. */
function edited(
  state: RecordState,
  base: Replica,
  edit: { does: Action; id: string; arrived: number; blind?: boolean },
) {
  const { does, id, arrived, blind } = edit
  const changes = changesBetween(type, base.state.fields, after(base.state.fields, does))
  const sight = { by: id, device: id, changes, sawGeneration: blind ? 0 : base.generation }
  return enterEdit(state, sight, { minute: does.minute, generation: base.generation + 1 + arrived, id })
}

describe('merging states', function () {
  this.timeout(patience)

  it('is idempotent', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const [a, b] = new World(steps).states
        const ab = merge(a, b)
        expect(merge(a, a)).to.deep.equal(a)
        expect(bytes(merge(ab, ab))).to.equal(bytes(ab))
        expect(bytes(merge(ab, a))).to.equal(bytes(ab))
      }),
      runs,
    )
  })

  it('is commutative', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const [a, b] = new World(steps).states
        expect(bytes(merge(a, b))).to.equal(bytes(merge(b, a)))
      }),
      runs,
    )
  })

  it('is associative', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const [a, b, c] = new World(steps).states
        expect(bytes(merge(merge(a, b), c))).to.equal(bytes(merge(a, merge(b, c))))
      }),
      runs,
    )
  })

  it('loses nothing: what was written is live, unless an edit that had seen it took its place', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world = new World(steps)
        expect(world.unseen).to.deep.equal([])
        const live = liveOf(world.states.reduce(merge))
        for (const at of world.written) expect(live.has(at), at).to.equal(!world.removed.has(at))
      }),
      runs,
    )
  })
})

const several = fc.array(fc.record({ does: action, blind: fc.boolean() }), { minLength: 2, maxLength: 5 })
const inSomeOrder = several.chain((edits) => {
  const indexes = edits.map((_, i) => i)
  return fc.tuple(fc.constant(edits), fc.shuffledSubarray(indexes, { minLength: edits.length }))
})

/** What each of some devices did, offline, to the same state. */
const queues = fc.array(fc.array(action, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 3 })

/** The state after all of them, each device's in its order: `turns` says whose is next, what is left comes last. */
function arrivalsOf(base: Replica, devices: readonly Action[][], turns: readonly number[]): RecordState {
  let { state, generation } = base
  const queued = devices.map((actions, device) => {
    let fields = base.state.fields
    return actions.map((does, at) => {
      const next = after(fields, does)
      const changes = changesBetween(type, fields, next)
      fields = next
      const by = `device ${device}`
      const sight = { by, device: by, changes, sawGeneration: base.generation }
      // After all that led to the base: nobody edits what is not there yet.
      return { sight, minute: 10 + does.minute, id: `${by} ${at}` }
    })
  })
  const arrives = (next: (typeof queued)[number][number] | undefined): void => {
    if (!next) return
    generation += 1
    state = applyEdit(type, state, enterEdit(state, next.sight, { ...next, generation })).state
  }
  for (const device of turns) arrives(queued[device]?.shift())
  for (const queue of queued) for (const next of queue) arrives(next)
  return state
}

describe('concurrent edits', function () {
  this.timeout(patience)

  it('show the same, with the same conflicts, in whatever order they come', () => {
    fc.assert(
      fc.property(history, inSomeOrder, (steps, [edits, order]) => {
        const base = new World(steps).latest(0)
        const stamped = edits.map((one, i) =>
          edited(base.state, base, { ...one, arrived: 0, id: `concurrent ${i}` }),
        )
        const arriving = (indexes: number[]) => {
          const state = indexes.reduce((so, index, arrived) => {
            const edit = stamped[index]
            if (edit === undefined) throw new RangeError('no such edit')
            return applyEdit(type, so, { ...edit, generation: base.generation + 1 + arrived }).state
          }, base.state)
          return { fields: state.fields, conflicts: conflictsOf(type, recordId, state) }
        }
        expect(arriving(order)).to.deep.equal(arriving(edits.map((_, i) => i)))
      }),
      runs,
    )
  })

  it('of several devices, each with more than one on the same base, show the same however they mingle', () => {
    fc.assert(
      fc.property(
        history,
        queues,
        fc.array(fc.nat({ max: 2 }), { maxLength: 9 }),
        (steps, devices, turns) => {
          const base = new World(steps).latest(0)
          const arriving = (order: readonly number[]) => {
            const state = arrivalsOf(base, devices, order)
            return { fields: state.fields, conflicts: conflictsOf(type, recordId, state) }
          }
          expect(arriving(turns)).to.deep.equal(arriving([]))
        },
      ),
      runs,
    )
  })

  it('that come again change nothing', () => {
    fc.assert(
      fc.property(history, action, action, (steps, one, two) => {
        const base = new World(steps).latest(0)
        const first = edited(base.state, base, { does: one, id: 'one', arrived: 0 })
        const once = applyEdit(type, base.state, first).state
        expect(applyEdit(type, once, first).state).to.deep.equal(once)
        const next = { state: once, generation: base.generation + 1 }
        const twice = applyEdit(type, once, edited(once, next, { does: two, id: 'two', arrived: 0 })).state
        expect(applyEdit(type, twice, first).state).to.deep.equal(twice)
      }),
      runs,
    )
  })
})

describe('the clock', function () {
  this.timeout(patience)

  const ms = fc.integer({ min: -1000, max: 1000 })
  const days = fc.integer({ min: -40_000, max: 40_000 })
  const stampAt = (time: number) =>
    entryStamp({ editedAt: time, sentAt: time, receivedAt: time, seen: null, editId: 'earlier' })

  it('of a device counts by its differences alone', () => {
    fc.assert(
      fc.property(ms, ms, ms, days, fc.option(ms), (edit, send, receive, skew, saw) => {
        const receivedAt = noon + receive
        const seen = saw === null ? null : successor(stampAt(noon + saw), 'seen')
        const on = (device: number) =>
          entryStamp({ editedAt: device + edit, sentAt: device + send, receivedAt, seen, editId: 'edit' })
        expect(on(noon + skew * 86_400_000)).to.equal(on(noon))
        if (seen !== null) expect(on(noon) > seen).to.equal(true)
        else expect(stampTime(on(noon))).to.equal(receivedAt - Math.max(0, send - edit))
      }),
      runs,
    )
  })
})

/** What a device made of the fields it holds, edit by edit. */
function unsentOf(fields: Record<string, unknown>, actions: Action[]): Unsent[] {
  const unsent: Unsent[] = []
  let device = fields
  for (const does of actions) {
    const one = {
      editedAt: '2026-03-29T12:00:00Z',
      changes: changesBetween(type, device, after(device, does)),
    }
    device = reapply(type, device, [one])
    unsent.push(one)
  }
  return unsent
}

/**
 * The state with another user's edit: of fields that `unsent` leaves alone, or of the notes, but to none of the texts
 * that the device made (which of two is whose, only the server can tell).
 */
function byAnother(base: Replica, does: Action, unsent: Unsent[]): RecordState {
  const edit = edited(base.state, base, { does, id: 'other', arrived: 0 })
  const taken = new Set(unsent.flatMap(({ changes }) => Object.keys(changes)))
  const texts = unsent.map(({ changes }) => changes['notes']?.to)
  const changes = Object.entries(edit.changes).filter(([field, { to }]) =>
    field === 'notes' ? !texts.includes(to) : !taken.has(field),
  )
  return applyEdit(type, base.state, { ...edit, changes: Object.fromEntries(changes) }).state
}

describe('unsent edits', function () {
  this.timeout(patience)

  it('laid on a state that has them already change nothing', () => {
    const some = fc.array(action, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(history, some, action, (steps, actions, other) => {
        const base = new World(steps).latest(0)
        const unsent = unsentOf(base.state.fields, actions)
        const master = unsent.reduce(
          (state, { changes }, i) => {
            const sight = { by: 'own', device: 'own', changes, sawGeneration: base.generation }
            const at = { minute: other.minute, generation: base.generation + 2 + i, id: `own ${i}` }
            return applyEdit(type, state, enterEdit(state, sight, at)).state
          },
          byAnother(base, other, unsent),
        )
        expect(canonical(reapply(type, master.fields, unsent))).to.equal(canonical(master.fields))
      }),
      runs,
    )
  })
})
