/** One schedule from its beginning to its end, as a property for fast-check. */
import * as fc from 'fast-check'
import { checkAtRest } from './rest.ts'
import { uuidOf } from './practice.ts'
import { schedule, type Schedule } from './schedule.ts'
import type { Servers } from './servers.ts'
import type { User } from './user.ts'
import { World } from './world.ts'

/** What was answered, over all schedules: a model in which nothing happens proves nothing. */
export type Outcomes = Map<string, number>

export const usersOf = ({ users }: Schedule): User[] =>
  users.map((_, index) => ({
    index,
    userId: uuidOf(7, index + 1),
    practitionerId: uuidOf(1, 1 + (index % 2)),
  }))

/**
 * The property that a schedule ends well.
 * @param open servers for one schedule
 */
export const endsWell = (
  open: (users: readonly User[]) => Promise<Servers>,
  { longest, outcomes, pouch }: { longest: number; outcomes: Outcomes; pouch: boolean },
): fc.IAsyncProperty<[Schedule]> =>
  fc.asyncProperty(schedule(longest, pouch), async (plan) => {
    const users = usersOf(plan)
    await using servers = await open(users)
    const world = new World(servers, users, plan.users)
    await world.begin()
    await world.play(plan)
    await checkAtRest(world)
    for (const { result } of world.said) outcomes.set(result.outcome, (outcomes.get(result.outcome) ?? 0) + 1)
  })
