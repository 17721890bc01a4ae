/** The slots of a practitioner's diary, by the one rule set for bookings (sync/bookings). */
import { slotsOfDay, type DayOfWork, type Slot } from '../../../sync/bookings/slots.ts'

export interface DiarySlot {
  startsAt: string
  endsAt: string
  state: 'FREE' | 'BOOKED' | 'CLOSED'
}

const stateOf = ({ working, blocked, taken }: Slot): DiarySlot['state'] => {
  if (taken) return 'BOOKED'
  return working && !blocked ? 'FREE' : 'CLOSED'
}

/** Slots of the site's opening hours on a day: free, booked, or closed (a break, another site's time, blocked). */
export const diarySlots = (day: DayOfWork): DiarySlot[] =>
  slotsOfDay(day).map((slot) => ({
    startsAt: new Date(slot.from).toISOString(),
    endsAt: new Date(slot.to).toISOString(),
    state: stateOf(slot),
  }))
