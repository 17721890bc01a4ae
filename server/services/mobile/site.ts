/** Sites and practitioners, from a group's reference documents. */
import { DateTime } from 'luxon'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'

export interface OpeningHours {
  /** ISO weekday: 1 is Monday */
  weekday: number
  opens: string
  closes: string
}

export interface Site {
  siteId: number
  name: string
  timeZone: string
  openingHours: OpeningHours[]
  slotMinutes: number
}

export interface Practitioner {
  practitionerId: string
  name: string
  siteIds: number[]
  active: boolean
}

/** A site that the user may see, or undefined. */
export const findSite = async (
  group: Group,
  siteId: number,
  actor: { siteIds: readonly number[] },
): Promise<Site | undefined> => {
  if (!actor.siteIds.includes(siteId)) return undefined
  const doc = await group.db.get(`reference:site:${siteId}`)
  return doc as (StoredDoc & Site) | undefined
}

/** The practitioners of a group, by name. */
export const practitionersOf = async (group: Group): Promise<Practitioner[]> => {
  const prefix = 'reference:practitioner:'
  const docs = await group.db.range({ from: prefix, to: `${prefix}\uffff` })
  return (docs as unknown as Practitioner[]).sort((a, b) => a.name.localeCompare(b.name))
}

/** The first instant of a day and of the next, in the site's time zone, as UTC text that sorts. */
export const dayBounds = (site: Pick<Site, 'timeZone'>, date: string): { from: string; to: string } => {
  const start = DateTime.fromISO(date, { zone: site.timeZone }).startOf('day')
  const utc = (time: DateTime): string => time.toUTC().toJSDate().toISOString()
  return { from: utc(start), to: utc(start.plus({ days: 1 })) }
}
