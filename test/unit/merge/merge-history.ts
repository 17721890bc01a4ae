/** Made-up histories of one record on three replicas, and what a faithful merge must remember of them. */
import * as fc from 'fast-check'
import { enterBranch } from '../../../sync/merge/branch.ts'
import { same } from '../../../sync/merge/canonical.ts'
import { changesBetween } from '../../../sync/merge/changes.ts'
import { entryStamp } from '../../../sync/merge/clock.ts'
import { layoutOf, valueOf } from '../../../sync/merge/layout.ts'
import { applyEdit, mergeStates, seenStamp } from '../../../sync/merge/record.ts'
import type { Edit, RecordState, Sight, Stamp, Version } from '../../../sync/merge/types.ts'
import { appointment, noon } from './merging.ts'

const type = 'appointment'
type Fields = Record<string, unknown>

/** What one user makes of the fields they see. */
export interface Action {
  /** The fields to change; few values, so that edits meet. */
  patch: Fields
  /** Minutes after noon; few, so that clocks are equal. */
  minute: number
}

const optional = { requiredKeys: [] }
export const action: fc.Arbitrary<Action> = fc.record({
  patch: fc.record(
    {
      startsAt: fc.constantFrom('09:00', '09:10', '09:20'),
      endsAt: fc.constantFrom('09:20', '09:30'),
      reasonText: fc.constantFrom('booster', 'teeth', 'cough', null),
      animalIds: fc.subarray(['rex', 'tom', 'kit']),
      status: fc.constantFrom('BOOKED', 'ARRIVED', 'TREATED', 'PAID', 'CANCELLED', 'FAILED_TO_SHOW'),
      // '<' keeps only the first of joined texts, '>' only the last.
      notes: fc.constantFrom(null, 'a', 'b', 'a\nb', 'c', '<', '>'),
    },
    optional,
  ),
  minute: fc.integer({ min: 0, max: 3 }),
})

/** The fields after a user who sees `fields` acted. */
export function after(fields: Fields, { patch }: Action): Fields {
  const notes = patch['notes']
  if (notes !== '<' && notes !== '>') return { ...fields, ...patch }
  const texts = typeof fields['notes'] === 'string' ? fields['notes'].split(/\n\n--- .* ---\n/) : [null]
  return { ...fields, ...patch, notes: notes === '<' ? texts[0] : texts.at(-1) }
}

export interface Replica {
  state: RecordState
  generation: number
}

/** An edit as the server makes it where it enters. */
export function enterEdit(
  state: RecordState,
  sight: Sight,
  at: { minute: number; generation: number; id: string },
): Edit {
  const time = noon + at.minute * 60_000
  const seen = seenStamp(type, state, sight)
  const stamp = entryStamp({ editedAt: time, sentAt: time, receivedAt: time, seen, editId: at.id })
  return { ...sight, stamp, generation: at.generation }
}

/** What a user does on a replica: edits what it showed `ago` writes before, or has another's state merged in. */
type Step =
  { replica: number; does: Action; ago: number; blind: boolean } | { replica: number; merges: number }

const replica = fc.nat({ max: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ replica, does: action, ago: fc.nat({ max: 3 }), blind: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ replica, merges: replica }) },
)
export const history: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 12 })

const places = (key: string, versions: Version[]) => versions.map((v) => `${key} ${v.stamp}`)

/** Every version that a state holds live: its register's key and its stamp. */
export const liveOf = (state: RecordState): Set<string> =>
  new Set(Object.entries(state.clocks).flatMap(([key, { live }]) => places(key, live)))

/** Whether who was shown `fields` can have seen this value of a register. */
function showed(fields: Fields, key: string, { value }: Version): boolean {
  const [field = '', element] = key.split('/')
  if (element !== undefined)
    return (fields[field] as string[]).includes(JSON.parse(element) as string) === value
  const slot = layoutOf(type).slots.get(key)
  const shown = slot && valueOf(slot, fields)
  return same(shown, value) || (key === 'notes' && String(shown).includes(String(value)))
}

export class World {
  readonly replicas: [Replica[], Replica[], Replica[]]
  /** Every version ever written; those that an edit put away; those of them that it cannot have seen. */
  readonly written = new Set<string>()
  readonly removed = new Set<string>()
  readonly unseen: string[] = []

  constructor(steps: readonly Step[]) {
    const start = { state: appointment(), generation: 1 }
    this.replicas = [[start], [start], [start]]
    for (const [i, one] of steps.entries()) {
      if ('does' in one) this.edit(one, `edit ${i}`)
      else this.merge(one.replica, one.merges)
    }
  }

  latest(index: number): Replica {
    const last = this.replicas[index]?.at(-1)
    if (last === undefined) throw new RangeError(`no replica ${index}`)
    return last
  }

  get states(): [RecordState, RecordState, RecordState] {
    return [this.latest(0).state, this.latest(1).state, this.latest(2).state]
  }

  private edit({ replica, does, ago, blind }: Extract<Step, { does: Action }>, id: string) {
    const now = this.latest(replica)
    const base = this.replicas[replica]?.at(-1 - ago) ?? now
    const changes = changesBetween(type, base.state.fields, after(base.state.fields, does))
    const sight = { by: id, device: id, changes, sawGeneration: blind ? 0 : base.generation }
    const generation = now.generation + 1
    const edit = enterEdit(now.state, sight, { minute: does.minute, generation, id })
    const { state } = applyEdit(type, now.state, edit)
    this.remember(now.state, base.state, { state, stamp: edit.stamp })
    this.replicas[replica]?.push({ state, generation })
  }

  private remember(before: RecordState, base: RecordState, now: { state: RecordState; stamp: Stamp }) {
    const [was, is, saw] = [liveOf(before), liveOf(now.state), liveOf(base)]
    for (const at of is) if (at.endsWith(now.stamp)) this.written.add(at)
    for (const [key, { live }] of Object.entries(before.clocks)) {
      for (const version of live) {
        const [at = ''] = places(key, [version])
        if (!was.has(at) || is.has(at)) continue
        this.removed.add(at)
        if (!saw.has(at) && !showed(base.fields, key, version)) this.unseen.push(at)
      }
    }
  }

  private merge(into: number, from: number) {
    const now = this.latest(into)
    const merged = mergeStates(type, now.state, this.latest(from).state)
    const generation = now.generation + 1
    this.replicas[into]?.push({ state: enterBranch(type, now.state, merged, generation), generation })
  }
}
