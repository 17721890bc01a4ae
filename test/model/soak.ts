/**
 * The models for hours: `npm run soak -- --hours 8`. Each run tells its seed before it begins; a failure ends the
 * soak and tells the command that plays the smallest failing schedule again, exactly.
 *
 *   npm run soak -- --hours 8                                          two hours where none are said
 *   npm run soak -- --only core --seed 71439571 --path 71:0:0:0:3      one schedule once more
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import * as fc from 'fast-check'
import { killRounds } from './kill/kill-rounds.ts'
import { endsWell, type Outcomes } from './sync/play.ts'
import type { Schedule } from './sync/schedule.ts'
import { openGround, serversHere } from './sync/servers-here.ts'
import { HttpGround, serversByHttp } from './sync/servers-http.ts'

const schedulesByKind = { core: 500, http: 50 } as const
const killRoundsAtOnce = 50
/** Longer than in the ordinary run: what takes many steps to go wrong. */
const longest = { core: 60, http: 40 } as const
/** The kill rounds take minutes of mere starting: every so many turns. */
const turnsBetweenKills = 10

type Kind = keyof typeof schedulesByKind

interface Replay {
  seed: number
  path?: string
}

const say = (text: string): void => void process.stdout.write(`${new Date().toISOString()} ${text}\n`)

const check = async (property: fc.IAsyncProperty<[Schedule]>, kind: Kind, replay: Replay): Promise<void> => {
  const { seed, path } = replay
  const numRuns = path === undefined ? schedulesByKind[kind] : 1
  say(`${kind}: ${numRuns} schedules, seed ${seed}${path === undefined ? '' : `, path ${path}`}`)
  const found = await fc.check(property, { numRuns, seed, ...(path === undefined ? {} : { path }) })
  if (!found.failed) return
  say(`${kind} FAILED\n${await fc.asyncDefaultReportMessage(found)}`)
  say(`Again: npm run soak -- --only ${kind} --seed ${seed} --path ${found.counterexamplePath ?? ''}`)
  throw new Error(`${kind} failed`, { cause: found.errorInstance })
}

const runs: Record<Kind, (replay: Replay) => Promise<void>> = {
  async core(replay) {
    await using ground = await openGround()
    const outcomes: Outcomes = new Map()
    const options = { longest: longest.core, outcomes, pouch: false }
    const property = endsWell((users) => Promise.resolve(serversHere(ground, users)), options)
    await check(property, 'core', replay)
  },
  async http(replay) {
    await using ground = await HttpGround.open()
    const outcomes: Outcomes = new Map()
    const options = { longest: longest.http, outcomes, pouch: true }
    await check(
      endsWell((users) => serversByHttp(ground, users), options),
      'http',
      replay,
    )
  },
}

const kill = async (seed: number): Promise<void> => {
  say(`kill: ${killRoundsAtOnce} rounds, seed ${seed}`)
  try {
    await killRounds({ rounds: killRoundsAtOnce, seed })
  } catch (error) {
    say(`kill FAILED; the same points again: npm run soak -- --only kill --seed ${seed}`)
    throw error
  }
}

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '2' },
    only: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
})

const only = values.only
if (only !== undefined && only !== 'kill' && !Object.hasOwn(runs, only))
  throw new RangeError(`--only takes core, http or kill, not ${only}`)
const wanted = (kind: string): boolean => only === undefined || only === kind
const seedOf = (): number => (values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed))
const replayOf = (): Replay => ({
  seed: seedOf(),
  ...(values.path === undefined ? {} : { path: values.path }),
})

const until = Date.now() + Number(values.hours) * 3_600_000
let turn = 0
do {
  for (const kind of ['core', 'http'] as const) if (wanted(kind)) await runs[kind](replayOf())
  if (wanted('kill') && turn % turnsBetweenKills === 0) await kill(seedOf())
  turn += 1
  // A seed that is given is played once: again, it is the same.
} while (values.seed === undefined && Date.now() < until)
say(`${turn} turns, nothing failed`)
