/** A practitioner's day in the demo: pure, and the same each time for the same day. */
import { DateTime } from 'luxon'
import type { NewRecordDoc } from '../../sync/write/document.ts'
import type { Household } from './households.ts'
import { demoChance, demoUuid, oneOf } from './ids.ts'
import {
  openingHours,
  reasons,
  slotMinutes,
  timeZone,
  type DemoPractitioner,
  type DemoReason,
} from './practice.ts'
import { demoRecord, type DemoStamp } from './records.ts'

const lunch = { from: 12 * 60 + 30, to: 13 * 60 + 30 }

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

/** From opening to closing, with gaps now and then, and a lunch break. */
const bookings = ({ practitioner, date }: DiaryOptions, chance: () => number): Booking[] => {
  const { weekday } = DateTime.fromISO(date, { zone: timeZone })
  const hours = openingHours.find((day) => day.weekday === weekday)
  if (!hours) return []
  const mine = reasons.filter(({ nurse }) => nurse === practitioner.nurse)
  const found: Booking[] = []
  const closes = minutesOf(hours.closes)
  for (let start = minutesOf(hours.opens); start < closes;) {
    const reason = oneOf(mine, chance)
    const end = start + reason.durationMinutes
    const atLunch = start < lunch.to && end > lunch.from
    if (!atLunch && end <= closes && !free(found.length, practitioner, chance)) found.push({ start, reason })
    const next = found[found.length - 1]?.start === start ? end : start + slotMinutes
    start = atLunch ? Math.max(next, lunch.to) : next
  }
  return found
}

/** Whether a slot stays free; the first of a day never does. */
const free = (taken: number, practitioner: DemoPractitioner, chance: () => number): boolean =>
  chance() < (practitioner.nurse ? 0.75 : 0.5) && taken > 0

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
  const at = DateTime.fromISO(date, { zone: timeZone }).set({
    hour: Math.floor(start / 60),
    minute: start % 60,
  })
  const startsAt = at.toJSDate()
  const endsAt = at.plus({ minutes: reason.durationMinutes }).toJSDate()
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
