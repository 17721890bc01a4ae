/** Booking the next visit, also without a network: a clash shows itself when the practice has heard of it. */
import { DateTime } from 'luxon'
import { useState } from 'preact/hooks'
import { newId, type AppointmentDoc } from '../../../src/index.ts'
import { formText } from '../form-text.ts'
import { useAction, useClient } from '../use.ts'
import { dayAndTime, daysFrom, today } from '../words.ts'
import { Fault } from './fault.tsx'

const lengths = [15, 30, 45, 60]

export const FollowUp = ({ appointment, zone }: { appointment: AppointmentDoc; zone: string }) => {
  const { collections } = useClient()
  const { busy, fault, run } = useAction()
  const [booked, setBooked] = useState<string | null>(null)
  const book = (form: HTMLFormElement): void => {
    const given = new FormData(form)
    const text = (name: string): string => formText(given, name)
    run(async () => {
      const start = DateTime.fromISO(`${text('date')}T${text('time')}`, { zone })
      if (!start.isValid) throw new Error('There is no such time on that day.')
      const startsAt = start.toJSDate().toISOString()
      await collections.appointments.insert({
        ...{ id: newId(), siteId: appointment.siteId, practitionerId: appointment.practitionerId },
        ...{
          clientId: appointment.clientId,
          animalIds: appointment.animalIds ?? [],
          startsAt,
          status: 'BOOKED',
        },
        endsAt: start
          .plus({ minutes: Number(text('minutes')) })
          .toJSDate()
          .toISOString(),
        reasonText: text('reason') || 'Follow-up',
      })
      setBooked(startsAt)
    })
  }
  return (
    <section class="card" aria-labelledby="follow-up">
      <h2 id="follow-up">Follow-up</h2>
      {booked && <p role="status">Booked for {dayAndTime(booked, zone)}.</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          book(event.currentTarget)
        }}
      >
        <div class="grid two">
          <label class="wide">
            Day
            <input
              name="date"
              type="date"
              required
              min={today(zone)}
              defaultValue={daysFrom(today(zone), 14)}
            />
          </label>
          <label>
            Time
            <input name="time" type="time" required step="300" defaultValue="10:00" />
          </label>
          <label>
            Minutes
            <select name="minutes">
              {lengths.map((minutes) => (
                <option key={minutes}>{minutes}</option>
              ))}
            </select>
          </label>
          <label class="wide">
            Reason
            <input name="reason" placeholder="Follow-up" />
          </label>
        </div>
        <button class="secondary" disabled={busy}>
          Book
        </button>
        <Fault text={fault} />
      </form>
    </section>
  )
}
