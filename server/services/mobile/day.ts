/** The appointments of a site's day, with their clients and animals. */
import type { z } from 'zod'
import { isProspect } from '../../../sync/clients/is-prospect.ts'
import type { Appointment } from '../../../sync/contract/records.ts'
import type { SiteReference } from '../../../sync/contract/reference.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { apiRecord, bareId, docId } from '../../../sync/write/document.ts'
import type { listedAppointment } from '../../contract/mobile.ts'
import { dayBounds } from './site.ts'

export type ListedAppointment = z.output<typeof listedAppointment>

/** In order of time. A day is the site's own, so one of a DST night has 23 or 25 hours. */
export const appointmentsOfDay = async (
  group: Group,
  site: Pick<SiteReference, 'siteId' | 'timeZone'>,
  date: string,
): Promise<ListedAppointment[]> => await appointmentsIn(group, site, dayBounds(site, date))

/** Those that begin at a site from an instant until before another (UTC text), in order of time. */
export const appointmentsIn = async (
  group: Group,
  { siteId }: Pick<SiteReference, 'siteId'>,
  { from, to }: { from: string; to: string },
): Promise<ListedAppointment[]> => {
  const keys = await group.index.lookup(['appointment.site', String(siteId)], { from, to })
  const docs = await group.db.getMany(keys.map((parts) => docId('appointment', parts[1] ?? '')))
  return await withPeople(
    group,
    docs.filter((doc): doc is StoredDoc => doc !== undefined),
  )
}

export const withPeople = async (group: Group, docs: readonly StoredDoc[]): Promise<ListedAppointment[]> => {
  const ids = new Set<string>()
  for (const doc of docs) {
    ids.add(docId('client', String(doc['clientId'])))
    for (const animal of animalIds(doc)) ids.add(docId('animal', animal))
  }
  const wanted = [...ids]
  const people = await group.db.getMany(wanted)
  const byId = new Map(wanted.map((id, i) => [id, people[i]] as const))
  return docs.map((doc) =>
    Object.assign(apiRecord(doc) as unknown as Appointment, {
      client: clientOf(byId.get(docId('client', String(doc['clientId'])))),
      animals: animalIds(doc).flatMap((id) => animalOf(id, byId.get(docId('animal', id)))),
    }),
  )
}

const animalIds = (doc: StoredDoc): string[] =>
  Array.isArray(doc['animalIds']) ? (doc['animalIds'] as string[]) : []

const clientOf = (doc: StoredDoc | undefined): ListedAppointment['client'] => {
  if (!doc) return null
  const name = [doc['title'], doc['firstName'], doc['lastName']].filter((part) => part).join(' ')
  const phones = doc['phones'] as string[] | undefined
  const prospect = isProspect(doc) ? { prospect: true } : {}
  return { id: bareId(doc._id), name, phone: phones?.[0] ?? null, ...prospect }
}

const animalOf = (id: string, doc: StoredDoc | undefined): ListedAppointment['animals'] => {
  if (!doc) return []
  const text = (field: string): string | null => (doc[field] as string | null | undefined) ?? null
  return [
    {
      id,
      name: text('name'),
      species: text('species'),
      breed: text('breed'),
      allergies: (doc['allergies'] as string[] | undefined) ?? [],
      alerts: (doc['alerts'] as string[] | undefined) ?? [],
    },
  ]
}
