/** Schedules: what devices, servers, clocks and the network do, as data that fast-check makes and shrinks. */
import * as fc from 'fast-check'

const server = fc.nat({ max: 1 })
const device = fc.nat({ max: 5 })
/** Picks one of what there is, modulo its number: mostly one of the few that everybody picks. */
const pick = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 1 }) },
  { weight: 1, arbitrary: fc.nat({ max: 30 }) },
)
const siteIds = fc.subarray([1, 2, 3])

/** Twice as many appointments: two of them have to meet for a clash. */
const made = fc.constantFrom(
  ...(['client', 'animal', 'appointment', 'appointment', 'treatment', 'payment', 'reversal'] as const),
)
const edited = fc.constantFrom('clients', 'animals', 'appointments', 'treatments')

/** What becomes of one request of an upload. */
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ is: 'answered' as const }) },
  { weight: 1, arbitrary: fc.constant({ is: 'requestLost' as const }) },
  { weight: 2, arbitrary: fc.constant({ is: 'answerLost' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('serverEnds' as const),
      writes: fc.nat({ max: 4 }),
      done: fc.boolean(),
    }),
  },
)
export type Fate = typeof fate extends fc.Arbitrary<infer T> ? T : never

const byLibrary = fc.constant('library' as const)
const byEither = fc.constantFrom('library' as const, 'library' as const, 'pouch' as const)
type With = 'library' | 'pouch'

const created = (by: fc.Arbitrary<With>) =>
  fc.record({
    does: fc.constant('create' as const),
    by,
    device,
    what: made,
    pick,
    /** Which of the user's sites, and which day from today. */
    site: fc.nat({ max: 2 }),
    day: fc.constantFrom(0, 0, 0, 0, -16, -14, -1, 1, 59, 61, 63),
    slot: fc.nat({ max: 3 }),
  })

const changed = (by: fc.Arbitrary<With>) =>
  fc.record({
    does: fc.constant('edit' as const),
    by,
    device,
    collection: edited,
    pick,
    /** Which of the type's edits. */
    way: fc.nat({ max: 9 }),
    /** One of a few values, or one that nobody else writes. */
    value: fc.option(fc.nat({ max: 2 }), { freq: 1 }),
  })

/** A PouchDB replicates once; the server may end at a write of it. */
const replicated = fc.record({
  does: fc.constant('replicate' as const),
  device,
  server,
  way: fc.constantFrom('to' as const, 'from' as const, 'both' as const, 'both' as const),
  batchSize: fc.constantFrom(1, 2, 100),
  ends: fc.option(fc.record({ writes: fc.nat({ max: 6 }), done: fc.boolean() }), { freq: 4 }),
})

const others = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      does: fc.constant('push' as const),
      device,
      server,
      /** Items a request; the fates of the requests in turn, the last one for all that follow. */
      size: fc.constantFrom(1, 2, 500),
      fates: fc.array(fate, { minLength: 1, maxLength: 3 }),
      order: fc.constantFrom('asMeant' as const, 'backwards' as const),
      /** The user edits while the answer is under way. */
      meanwhile: fc.option(fc.nat({ max: 9 }), { freq: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('everybody' as const),
      server,
      collection: edited,
      pick,
      way: fc.nat({ max: 9 }),
      /** Whether all make the same of it. */
      alike: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('again' as const), device, server, pick }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      does: fc.constant('pull' as const),
      device,
      /** Which server answers each page, in turn. */
      servers: fc.array(server, { minLength: 1, maxLength: 3 }),
      limit: fc.constantFrom(1, 2, 3, 100),
      /** The app ends before this page is stored. */
      torn: fc.option(fc.nat({ max: 5 }), { freq: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('pass' as const), minutes: fc.constantFrom(1, 10, 300) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('days' as const), days: fc.constantFrom(1, 3, 20) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('clock' as const),
      device,
      days: fc.integer({ min: -30, max: 30 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('rights' as const), device, siteIds }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('restart' as const),
      server,
      index: fc.constantFrom('kept' as const, 'lost' as const),
    }),
  },
)

type Made<A> = A extends fc.Arbitrary<infer T> ? T : never
export type Step =
  | Made<typeof others>
  | Made<ReturnType<typeof created>>
  | Made<ReturnType<typeof changed>>
  | Made<typeof replicated>

/** What happens between devices and servers; with `pouch`, PouchDBs write beside them. */
const stepWith = (pouch: boolean): fc.Arbitrary<Step> => {
  const by = pouch ? byEither : byLibrary
  return fc.oneof(
    { weight: 5, arbitrary: created(by) },
    { weight: 9, arbitrary: changed(by) },
    { weight: 28, arbitrary: others },
    ...(pouch ? [{ weight: 5, arbitrary: replicated }] : []),
  )
}

export interface Schedule {
  /** Each device's user's sites at the beginning. */
  users: number[][]
  steps: Step[]
}

export const schedule = (maxLength: number, pouch: boolean): fc.Arbitrary<Schedule> =>
  fc.record({
    users: fc.array(fc.subarray([1, 2, 3], { minLength: 1 }), { minLength: 3, maxLength: 6 }),
    steps: fc.array(stepWith(pouch), { minLength: 6, maxLength, size: 'max' }),
  })
