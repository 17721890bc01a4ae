/** A practitioner's day in the demo: pure, and the same each time for the same day. */
import { calendarOf, weekdayOf } from '../../sync/bookings/calendar.ts'
import type { NewRecordDoc } from '../../sync/write/document.ts'
import type { Household } from './households.ts'
import { demoChance, demoUuid, oneOf } from './ids.ts'
import {
  exceptions,
  lunch as lunchTime,
  openingHours,
  reasons,
  slotMinutes,
  timeZone,
  weeklyBlocks,
  type DemoPractitioner,
  type DemoReason,
} from './practice.ts'
import { demoRecord, type DemoStamp } from './records.ts'

const calendar = calendarOf(timeZone)

export interface DiaryOptions {
  stamp: DemoStamp
  practitioner: DemoPractitioner
  households: readonly Household[]
  /** `YYYY-MM-DD` */
  date: string
  /** The day on which the demo is started. */
  today: string
}

interface Booking {
  /** Minutes after midnight, wall clock. */
  start: number
  reason: DemoReason
}

const minutesOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number)
  return (hours ?? 0) * 60 + (minutes ?? 0)
}

const lunch = { from: minutesOf(lunchTime.from), to: minutesOf(lunchTime.to) }

const hoursOf = (date: string) =>
  exceptions.find((day) => day.date === date)?.hours[0] ??
  openingHours.find((day) => day.weekday === weekdayOf(date))

/** The time that a practitioner keeps free on a day, or undefined. */
const blockOn = ({ practitioner, date }: Pick<DiaryOptions, 'practitioner' | 'date'>) =>
  weeklyBlocks.find(({ name, weekday }) => name === practitioner.name && weekday === weekdayOf(date))

/** From opening to closing, with gaps now and then, a lunch break, and what is kept free. */
const bookings = (options: DiaryOptions, chance: () => number): Booking[] => {
  const { practitioner, date } = options
  const hours = hoursOf(date)
  if (!hours) return []
  const mine = reasons.filter(({ nurse }) => nurse === practitioner.nurse)
  const block = blockOn(options)
  const breaks = [lunch, ...(block ? [{ from: minutesOf(block.from), to: minutesOf(block.to) }] : [])]
  const found: Booking[] = []
  const closes = minutesOf(hours.closes)
  let idle = mostIdle(practitioner)
  for (let start = minutesOf(hours.opens); start < closes;) {
    const reason = oneOf(mine, chance)
    const end = start + reason.durationMinutes
    const inBreak = breaks.find(({ from, to }) => start < to && end > from)
    const taken = !inBreak && end <= closes && (idle >= mostIdle(practitioner) || chance() < 0.5)
    if (taken) found.push({ start, reason })
    idle = taken ? 0 : idle + 1
    const next = taken ? end : start + slotMinutes
    start = inBreak ? Math.max(next, inBreak.to) : next
  }
  return found
}

/** The blocks of a practitioner's day. */
export const blocksOf = (options: Pick<DiaryOptions, 'stamp' | 'practitioner' | 'date'>): NewRecordDoc[] => {
  const { practitioner, date, stamp } = options
  const block = blockOn(options)
  if (!block) return []
  const blockId = demoUuid('block', practitioner.practitionerId, date)
  const siteId = practitioner.siteIds[0] ?? 0
  return [
    demoRecord('reference', `block:${blockId}`, stamp, {
      siteIds: [siteId],
      kind: 'block',
      blockId,
      siteId,
      practitionerId: practitioner.practitionerId,
      startsAt: new Date(calendar.at(date, block.from)).toISOString(),
      endsAt: new Date(calendar.at(date, block.to)).toISOString(),
      reason: block.reason,
    }),
  ]
}

/** How many slots stay free in a row at most, so that no day is an empty one; the first of a day is taken. */
const mostIdle = ({ nurse }: DemoPractitioner): number => (nurse ? 3 : 1)

/** The appointments of a practitioner's day: before lunch at their first site, after it at their last. */
export const diaryOf = (options: DiaryOptions): NewRecordDoc[] => {
  const { practitioner, date, households } = options
  const chance = demoChance('diary', practitioner.practitionerId, date)
  return bookings(options, chance).map((booking, n) => {
    const siteId = practitioner.siteIds.at(booking.start < lunch.from ? 0 : -1) ?? 0
    const household = oneOf(
      households.filter(({ siteIds }) => siteIds.includes(siteId)),
      chance,
    )
    return appointment(options, { ...booking, n, siteId, household, chance })
  })
}

interface Placed extends Booking {
  n: number
  siteId: number
  household: Household
  chance: () => number
}

const appointment = (options: DiaryOptions, placed: Placed): NewRecordDoc => {
  const { practitioner, date, stamp } = options
  const { start, reason, siteId, household, chance } = placed
  const two = (n: number): string => String(n).padStart(2, '0')
  const at = calendar.at(date, `${two(Math.floor(start / 60))}:${two(start % 60)}`)
  const startsAt = new Date(at)
  const endsAt = new Date(at + reason.durationMinutes * minute)
  const status = statusOf(options, placed)
  return demoRecord(
    'appointment',
    demoUuid('appointment', practitioner.practitionerId, date, placed.n),
    stamp,
    {
      siteIds: [siteId],
      siteId,
      practitionerId: practitioner.practitionerId,
      clientId: household.clientId,
      animalIds: [oneOf(household.animalIds, chance)],
      startsAt: startsAt.toISOString(),
      endsAt: endsAt.toISOString(),
      status,
      reasonId: reason.reasonId,
      reasonText: reason.name,
      notes: null,
      statusTimes: statusTimes(status, startsAt.getTime(), endsAt.getTime()),
      onlineBooking: false,
      clash: null,
    },
  )
}

type Status = 'BOOKED' | 'ARRIVED' | 'TREATED' | 'PAID' | 'CANCELLED' | 'FAILED_TO_SHOW'

/** What is past is done; today one waits already; what is to come is booked. */
const statusOf = ({ date, today }: DiaryOptions, { n, chance }: Placed): Status => {
  const luck = chance()
  if (date > today) return 'BOOKED'
  if (date === today) return n === 0 ? 'ARRIVED' : 'BOOKED'
  if (luck < 0.05) return 'CANCELLED'
  if (luck < 0.08) return 'FAILED_TO_SHOW'
  return luck < 0.15 ? 'TREATED' : 'PAID'
}

const minute = 60_000

const statusTimes = (status: Status, start: number, end: number): Record<string, string> => {
  const times: [string, number][] = [['BOOKED', start - 7 * 24 * 60 * minute]]
  if (status === 'CANCELLED') times.push([status, start - 24 * 60 * minute])
  if (status === 'FAILED_TO_SHOW') times.push([status, end])
  if (status === 'ARRIVED' || status === 'TREATED' || status === 'PAID')
    times.push(['ARRIVED', start - 5 * minute])
  if (status === 'TREATED' || status === 'PAID') times.push(['IN_TREATMENT', start], ['TREATED', end])
  if (status === 'PAID') times.push(['PAID', end + 5 * minute])
  return Object.fromEntries(times.map(([name, time]) => [name, new Date(time).toISOString()]))
}
