/**
 * The ledger of bookings (I6): a small document for each practitioner and day, over all sites, in a database of one
 * copy. A booking is made by its entry: whoever writes the document names the revision it replaces, so of two who
 * want a slot, on whatever server, one comes second and sees the first.
 *
 * The naive way is to look whether the time is free and then write the appointment: two servers both find it free. An
 * appointment's own document cannot decide it either, because the two are different documents.
 *
 * The order: take the entry → write the appointment → release the entry of the time before. An entry carries the whole
 * booking until its appointment is seen to stand, so whoever reads the ledger after a crash completes it
 * (settle.ts). Everything else is told by the appointments: an entry that is no newer than its appointment is only a
 * note of it, and a lost ledger is made anew from them.
 */
import type { Group } from '../group.ts'
import { StoreUnavailable } from '../store/port.ts'
import type { Calendar, Interval } from './calendar.ts'
import type { Held } from './held.ts'
import type { LedgerDoc, LedgerEntry } from './ledger-entry.ts'
import { standingTime } from './settle.ts'

/** A practitioner and the calendar by which the days of their ledger go. */
export interface LedgerOf {
  practitionerId: string
  calendar: Calendar
}

/** Each conflict means that somebody else got a booking. */
const maxTries = 500

const ledgerId = (practitionerId: string, date: string): string => `ledger:${practitionerId}:${date}`

/** The day of the ledger that a time belongs to; undefined where it reaches into a second one. */
export const ledgerDay = ({ calendar }: LedgerOf, { from, to }: Interval): string | undefined => {
  const date = calendar.dateOf(from)
  return to <= calendar.day(date).to ? date : undefined
}

/** The time that a practitioner's bookings hold, after what crashes left undone has been completed. */
export const takenTime = async (group: Group, owner: LedgerOf, time: Interval): Promise<Held[]> => {
  const { practitionerId, calendar } = owner
  const ledger = await group.ledger()
  const docs = (await ledger.range({
    from: ledgerId(practitionerId, calendar.dateOf(time.from)),
    to: ledgerId(practitionerId, calendar.dateOf(time.to)),
  })) as LedgerDoc[]
  const entries = docs.flatMap((doc) => doc.entries)
  return await standingTime(group, { practitionerId, time, entries })
}

/** Thrown by `decide` of `takeEntry` to leave the ledger as it is. */
export type Decide<Refused> = (taken: readonly Held[]) => LedgerEntry | { refused: Refused }

/**
 * Takes an entry in the ledger of a day: `decide` is given what is taken then, again when somebody else was faster.
 * Appointments without an entry, which came by upload or replication, get theirs with it.
 * @throws StoreUnavailable where the ledger's node is away
 */
export const takeEntry = async <Refused>(
  group: Group,
  { owner, date, decide }: { owner: LedgerOf; date: string; decide: Decide<Refused> },
): Promise<{ refused: Refused } | undefined> => {
  const { practitionerId, calendar } = owner
  const ledger = await group.ledger()
  const _id = ledgerId(practitionerId, date)
  const time = calendar.day(date)
  for (let tries = 0; tries < maxTries; tries += 1) {
    const doc = (await ledger.get(_id)) as LedgerDoc | undefined
    // The ledger first, the appointments after it: what an entry no longer says is among them by then.
    const taken = await standingTime(group, { practitionerId, time, entries: doc?.entries ?? [] })
    const entry = decide(taken)
    if ('refused' in entry) return entry
    const others = taken.filter(
      ({ from, appointmentId }) =>
        appointmentId !== entry.appointmentId && time.from <= from && from < time.to,
    )
    const rev = doc ? { _rev: doc._rev } : {}
    const next = { _id, ...rev, type: 'ledger', practitionerId, date, entries: [...others, entry] }
    const [written] = await ledger.write([next])
    if (written?.ok) return undefined
  }
  throw new StoreUnavailable('The ledger of a day is written too often')
}

/**
 * Lets go of an appointment's entry in the ledger of a day. What fails here is no harm: the next reader sees that the
 * appointment holds the time no longer.
 * @param before only an entry of an earlier booking than this
 */
export const releaseEntry = async (
  group: Group,
  { practitionerId, date, appointmentId, before }: Release,
): Promise<void> => {
  try {
    const ledger = await group.ledger()
    const doc = (await ledger.get(ledgerId(practitionerId, date))) as LedgerDoc | undefined
    if (!doc) return
    const entries = doc.entries.filter(
      (entry) => entry.appointmentId !== appointmentId || entry.bookings >= before,
    )
    if (entries.length < doc.entries.length) await ledger.write([{ ...doc, entries }])
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
  }
}

export interface Release {
  practitionerId: string
  date: string
  appointmentId: string
  before: number
}
