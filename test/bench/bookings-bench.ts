/** Free time and a day's diaries by HTTP, each after a change in the group: what is measured is the reading. */
import { openLargePractice, vets, type LargePractice } from './large-practice.ts'
import { median, timed, type Row } from './row.ts'

const [rounds, warm] = [200, 30]
/** A working day in the midst of the diaries. */
const day = '2026-06-17'

const asker =
  ({ server, reception }: LargePractice, path: string) =>
  async (): Promise<Record<string, unknown>> => {
    const { status, body, text } = await server.request(path, { headers: reception.headers })
    if (status !== 200) throw new Error(text)
    return body
  }

/** Medians of calls that take turns, so that what else the machine does falls on all of them. */
const inTurns = async (
  calls: readonly { practice: LargePractice; ask: () => Promise<unknown> }[],
): Promise<number[]> => {
  const times = calls.map((): number[] => [])
  for (let round = -warm; round < rounds; round += 1)
    for (const [i, { practice, ask }] of calls.entries()) {
      await practice.touch()
      const ms = await timed(ask)
      if (round >= 0) times[i]?.push(ms)
    }
  return times.map(median)
}

export const bookingsBench = async (): Promise<Row[]> => {
  await using small = await openLargePractice(10_000)
  await using large = await openLargePractice(200_000)
  const month = 'from=2026-06-16&to=2026-07-13'
  const search = asker(large, `/v2/managedBookings/searchAvailability?siteId=1&${month}`)
  const { slots } = (await search()) as { slots: unknown[] }
  const [searched = 0] = await inTurns([{ practice: large, ask: search }])
  const diary = `/v2/mobile/retrieveDiariesForDay?siteId=1&date=${day}`
  const [few = 0, many = 0] = await inTurns(
    [small, large].map((practice) => ({ practice, ask: asker(practice, diary) })),
  )
  const searchedWhat = `searchAvailability over 4 weeks and ${vets} practitioners (${slots.length} free times)`
  return [
    { what: searchedWhat, value: searched, unit: 'ms', asked: 'under 60', met: searched < 60 },
    {
      ...{ what: 'retrieveDiariesForDay at 200,000 appointments', value: many, unit: 'ms' },
      ...{ asked: 'at most 1.3 × the peer', met: many <= few * 1.3 },
      peer: { what: 'at 10,000', value: few },
    },
  ]
}
