/** Checkpoints as tokens: short, and what they were when they come back. */
import { expect } from 'chai'
import fc from 'fast-check'
import { InvalidCheckpoint, readCheckpoint, writeCheckpoint } from '../../../sync/feed/checkpoint.ts'
import type { CheckpointState } from '../../../sync/feed/checkpoint-state.ts'

const instant = fc.oneof(
  fc.integer({ min: 0, max: 40_000 }).map((day) => new Date(day * 86_400_000).toISOString()),
  fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
)
const id = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 36 }))
const channel = fc.oneof(
  fc.constant('group'),
  fc.nat({ max: 999_999_999 }).map((n) => `site:${n}`),
  fc.string({ maxLength: 30 }),
)
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })

const states: fc.Arbitrary<CheckpointState> = fc
  .record({
    ...{
      v: fc.constant(1 as const),
      group: fc.nat(),
      collection: fc.constantFrom('clients', 'appointments'),
    },
    ...{ epoch: id, position: fc.nat(), row: optional(fc.uuid()), store: optional(id) },
    since: fc.oneof(fc.nat(), fc.string({ minLength: 1, maxLength: 300 })),
    channels: fc.array(channel, { maxLength: 8 }),
    window: fc.record({ from: optional(instant), to: optional(instant) }),
    todo: fc.array(fc.record({ channel, from: optional(instant), after: optional(fc.string()) }), {
      maxLength: 3,
    }),
  })
  .map((state) => JSON.parse(JSON.stringify(state)) as CheckpointState)

const expected = ({ group, collection }: CheckpointState) => ({ group, collection })

describe('A checkpoint', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(readCheckpoint(writeCheckpoint(state), expected(state))).to.deep.equal(state)
      }),
      { numRuns: 500 },
    )
  })

  it('of an earlier release is good', () => {
    fc.assert(
      fc.property(states, (state) => {
        const token = Buffer.from(JSON.stringify(state)).toString('base64url')
        expect(readCheckpoint({ token }, expected(state))).to.deep.equal(state)
      }),
    )
  })

  it('of any other text is refused, and nothing else', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.jsonValue()).map((list) => JSON.stringify([2, ...list])),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const token = Buffer.from(text).toString('base64url')
        expect(() => readCheckpoint({ token }, { group: 1, collection: 'clients' })).to.throw(
          InvalidCheckpoint,
        )
      }),
      { numRuns: 500 },
    )
  })

  const state: CheckpointState = {
    ...{ v: 1, group: 1, collection: 'animals', epoch: 'e', position: 5, since: 9 },
    ...{ channels: ['group', 'site:1'], window: {}, todo: [] },
  }
  const earlier = (content: object) => ({ token: Buffer.from(JSON.stringify(content)).toString('base64url') })
  const wrong = {
    "is another tenant's": { ...state, group: 2 },
    'is of another collection': { ...state, collection: 'clients' },
    'has a negative position': { ...state, position: -1 },
  }
  const refused: Record<string, { token: string }> = {
    'is garbage': { token: 'not a checkpoint' },
    'is empty': { token: '' },
    'is JSON of another shape': earlier({ v: 2 }),
    'carries foreign keys': earlier({ ...state, __proto__x: 1 }),
    ...Object.fromEntries(Object.entries(wrong).map(([why, of]) => [why, writeCheckpoint(of)])),
    ...Object.fromEntries(
      Object.entries(wrong).map(([why, of]) => [`${why}, of an earlier release`, earlier(of)]),
    ),
  }
  for (const [why, checkpoint] of Object.entries(refused))
    it(`is refused where it ${why}`, () => {
      expect(() => readCheckpoint(checkpoint, expected(state))).to.throw(InvalidCheckpoint)
    })

  it('of a device that is caught up is short', () => {
    const uuid = '4d0c4f5e-6d2f-4f0a-9a52-0d0b7a3c9f11'
    const { token } = writeCheckpoint({
      ...{ v: 1, group: 1, collection: 'appointments', epoch: uuid, position: 123_456, store: uuid },
      ...{ since: 654_321, channels: ['group', 'site:1', 'site:2'], todo: [] },
      window: { from: '2026-11-14T00:00:00.000Z', to: '2027-01-30T00:00:00.000Z' },
    })
    expect(token).to.have.length.below(180)
  })
})
