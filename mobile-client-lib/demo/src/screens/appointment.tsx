/** One appointment: who comes, what to beware of, what is done, what is paid. */
import { map, of, switchMap } from 'rxjs'
import type { AnimalDoc, AppointmentDoc, ClientDoc } from '../../../src/index.ts'
import { AnimalCard } from '../parts/animal-card.tsx'
import { Fault } from '../parts/fault.tsx'
import { FollowUp } from '../parts/follow-up.tsx'
import { Notes } from '../parts/notes.tsx'
import { Payments } from '../parts/payments.tsx'
import { Photos } from '../parts/photos.tsx'
import { StatusChip } from '../parts/status-chip.tsx'
import { Treatments } from '../parts/treatments.tsx'
import { useSites } from '../sites.ts'
import { useAction, useClient, useObservable } from '../use.ts'
import { dayAndTime, nextStep, time, type Status } from '../words.ts'

export const AppointmentScreen = ({ id }: { id: string }) => {
  const { collections } = useClient()
  const appointment = useObservable<AppointmentDoc | null | undefined>(
    () => collections.appointments.findOne(id).$.pipe(map((doc) => doc && doc.toMutableJSON())),
    undefined,
    [id],
  )
  if (appointment === undefined) return <p aria-busy="true">Opening…</p>
  if (appointment === null) return <p>This appointment is not on this phone any more.</p>
  return <Opened appointment={appointment} />
}

const Opened = ({ appointment }: { appointment: AppointmentDoc }) => {
  const { collections } = useClient()
  const { sites } = useSites()
  const zone = sites.find(({ siteId }) => siteId === appointment.siteId)?.timeZone ?? 'UTC'
  const client = useObservable<ClientDoc | null>(
    () => collections.clients.findOne(appointment.clientId).$.pipe(map((doc) => doc && doc.toMutableJSON())),
    null,
    [appointment.clientId],
  )
  const ids = appointment.animalIds ?? []
  const animals = useObservable<AnimalDoc[]>(
    () =>
      of(ids).pipe(
        switchMap((wanted) => collections.animals.findByIds(wanted).$),
        map((found) => ids.flatMap((id) => found.get(id)?.toMutableJSON() ?? [])),
      ),
    [],
    [ids.join()],
  )
  return (
    <article class="visit">
      <header>
        <h1 dir="auto">{animals.map(({ name }) => name).join(', ') || 'Appointment'}</h1>
        <p>
          {dayAndTime(appointment.startsAt, zone)}–{time(appointment.endsAt, zone)}
          {appointment.reasonText && ` · ${appointment.reasonText}`}
        </p>
        <Owner client={client} />
        {appointment.clash && <p class="clash">At the same time as another appointment.</p>}
      </header>
      <Progress appointment={appointment} />
      {animals.map((animal) => (
        <AnimalCard key={animal.id} animal={animal} zone={zone} />
      ))}
      <Treatments appointment={appointment} animals={animals} />
      <Notes appointment={appointment} />
      <Photos appointment={appointment} animals={animals} />
      <Payments appointment={appointment} animalIds={ids} />
      <FollowUp appointment={appointment} zone={zone} />
    </article>
  )
}

const Owner = ({ client }: { client: ClientDoc | null }) => {
  if (!client) return <p>The client’s details are not on this phone yet.</p>
  const phone = client.phones?.[0]
  return (
    <p>
      <bdi>{[client.title, client.firstName, client.lastName].filter(Boolean).join(' ')}</bdi>
      {phone && (
        <>
          {' · '}
          <a href={`tel:${phone.replaceAll(' ', '')}`}>{phone}</a>
        </>
      )}
      <br />
      <small>
        {[client.address?.line1, client.address?.city, client.address?.postcode].filter(Boolean).join(', ')}
      </small>
    </p>
  )
}

/** Where the visit stands, the next step as one large button, and the others behind a menu. */
const Progress = ({ appointment }: { appointment: AppointmentDoc }) => {
  const { collections } = useClient()
  const { busy, fault, run } = useAction()
  const status = appointment.status ?? 'BOOKED'
  const next = nextStep[status]
  const set = (to: Status): void =>
    run(async () => {
      const doc = await collections.appointments.findOne(appointment.id).exec(true)
      await doc.incrementalPatch({ status: to })
    })
  return (
    <section aria-label="Status" class="progress">
      <StatusChip status={status} />
      {next && (
        <button type="button" class="next" disabled={busy} onClick={() => set(next.to)}>
          {next.word}
        </button>
      )}
      <details class="dropdown">
        <summary>Change status</summary>
        <ul>
          {(['BOOKED', 'ARRIVED', 'IN_TREATMENT', 'TREATED', 'CANCELLED', 'FAILED_TO_SHOW'] as const)
            .filter((to) => to !== status)
            .map((to) => (
              <li key={to}>
                <button
                  type="button"
                  class="plain"
                  onClick={(event) => {
                    event.currentTarget.closest('details')?.removeAttribute('open')
                    set(to)
                  }}
                >
                  <StatusChip status={to} />
                </button>
              </li>
            ))}
        </ul>
      </details>
      <Fault text={fault} />
    </section>
  )
}
