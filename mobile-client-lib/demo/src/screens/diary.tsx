/** A day's appointments. */
import { useState } from 'preact/hooks'
import { combineLatest, map, of, switchMap, type Observable } from 'rxjs'
import type { AnimalDoc, AppointmentDoc, ClientDoc, VetspaceClient } from '../../../src/index.ts'
import { DayPicker } from '../parts/day-picker.tsx'
import { StatusChip } from '../parts/status-chip.tsx'
import { link } from '../place.ts'
import { usePractitioners, useSites, type SiteChoice } from '../sites.ts'
import { useClient, useObservable, useStatus } from '../use.ts'
import { dayBounds, time, today } from '../words.ts'

interface Row {
  appointment: AppointmentDoc
  client: ClientDoc | undefined
  animals: AnimalDoc[]
}

/** The day's appointments at a site, with who comes, in order of time. */
const dayOf = (client: VetspaceClient, site: SiteChoice, date: string): Observable<Row[]> => {
  const { appointments, clients, animals } = client.collections
  const { from, to } = dayBounds(date, site.timeZone)
  const selector = { siteId: site.siteId, startsAt: { $gte: from, $lt: to } }
  return appointments.find({ selector, sort: [{ startsAt: 'asc' }] }).$.pipe(
    switchMap((found) => {
      if (found.length === 0) return of<Row[]>([])
      const day = found.map((doc) => doc.toMutableJSON())
      const clientIds = [...new Set(day.map((a) => a.clientId))]
      const animalIds = [...new Set(day.flatMap((a) => a.animalIds ?? []))]
      return combineLatest([clients.findByIds(clientIds).$, animals.findByIds(animalIds).$]).pipe(
        map(([clientsById, animalsById]) =>
          day.map((appointment) => ({
            appointment,
            client: clientsById.get(appointment.clientId)?.toMutableJSON(),
            animals: (appointment.animalIds ?? []).flatMap(
              (id) => animalsById.get(id)?.toMutableJSON() ?? [],
            ),
          })),
        ),
      )
    }),
  )
}

/** Whose appointments were chosen, by user: kept for who comes back from one of them. */
const onlyMine = new Map<string, boolean>()

export const DiaryScreen = ({ date: asked }: { date: string | null }) => {
  const client = useClient()
  const { sites, site, choose } = useSites()
  const userId = client.user?.userId ?? ''
  const [mine, setMine] = useState(onlyMine.get(userId) ?? client.user?.practitionerId !== null)
  const show = (only: boolean): void => {
    onlyMine.set(userId, only)
    setMine(only)
  }
  if (!site) return <Arriving />
  const date = asked ?? today(site.timeZone)
  return (
    <>
      <DayPicker date={date} zone={site.timeZone} />
      <div class="filters">
        {sites.length > 1 && (
          <label>
            <span class="sr">Site</span>
            <select value={site.siteId} onChange={(event) => choose(Number(event.currentTarget.value))}>
              {sites.map(({ siteId, name }) => (
                <option key={siteId} value={siteId}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        {client.user?.practitionerId && (
          <label>
            <input
              type="checkbox"
              role="switch"
              checked={mine}
              onChange={(event) => show(event.currentTarget.checked)}
            />
            Only mine
          </label>
        )}
      </div>
      <Day key={`${site.siteId} ${date}`} site={site} date={date} mine={mine} />
    </>
  )
}

const Arriving = () => {
  const { online } = useStatus()
  return (
    <p aria-busy={online}>{online ? 'Your practice is coming…' : 'Nothing of your practice is here yet.'}</p>
  )
}

const Day = ({ site, date, mine }: { site: SiteChoice; date: string; mine: boolean }) => {
  const client = useClient()
  const rows = useObservable<Row[] | null>(() => dayOf(client, site, date), null, [])
  const practitioners = usePractitioners()
  if (!rows) return <p aria-busy="true">Opening the diary…</p>
  const shown = rows.filter((row) => !mine || row.appointment.practitionerId === client.user?.practitionerId)
  if (shown.length === 0) return <p class="empty-day">No appointments{mine ? ' of yours' : ''} this day.</p>
  return (
    <ol class="diary" aria-label="Appointments">
      {shown.map((row) => (
        <li key={row.appointment.id}>
          <DiaryRow
            row={row}
            zone={site.timeZone}
            whose={mine ? undefined : practitioners.get(row.appointment.practitionerId)}
          />
        </li>
      ))}
    </ol>
  )
}

interface RowProps {
  row: Row
  zone: string
  /** The name of whose appointment it is, in a diary of several people. */
  whose: string | undefined
}

const DiaryRow = ({ row: { appointment, client, animals }, zone, whose }: RowProps) => {
  const warnings = animals.flatMap(({ allergies = [], alerts = [] }) => [...allergies, ...alerts])
  const status = appointment.status ?? 'BOOKED'
  return (
    <a href={link.appointment(appointment.id)} class={`row ${status}`}>
      <span class="when">
        {time(appointment.startsAt, zone)}
        <small>{time(appointment.endsAt, zone)}</small>
      </span>
      <span class="what">
        <strong dir="auto">{animals.map(({ name }) => name).join(', ') || 'No animal yet'}</strong>
        <span dir="auto">{client ? [client.firstName, client.lastName].filter(Boolean).join(' ') : '…'}</span>
        <small dir="auto">{appointment.reasonText}</small>
        {whose && <small class="whose">{whose}</small>}
      </span>
      <span class="marks">
        <StatusChip status={status} />
        {warnings.length > 0 && (
          <span class="warn" title={warnings.join(', ')}>
            <span aria-hidden="true">⚠</span> <span class="sr">Has warnings</span>
          </span>
        )}
        {appointment.clash && <span class="clash">Clash</span>}
        {appointment.pendingEdits && <span class="unsent">Not sent</span>}
      </span>
    </a>
  )
}
