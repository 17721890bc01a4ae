/** Sites as a user may see them, and their days. */
import { calendarOf } from '../../../sync/bookings/calendar.ts'
import { siteOf } from '../../../sync/bookings/references.ts'
import type { SiteReference } from '../../../sync/contract/reference.ts'
import type { Group } from '../../../sync/group.ts'

/** A site that the user may see, or undefined. */
export const findSite = async (
  group: Group,
  siteId: number,
  actor: { siteIds: readonly number[] },
): Promise<SiteReference | undefined> =>
  actor.siteIds.includes(siteId)
    ? await group.memo.read(`site ${siteId}`, () => siteOf(group, siteId))
    : undefined

/** A later one is written with a sign and six digits, and sorts before all others. */
const lastInstant = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** The first instant of a day and of the next, in the site's time zone, as UTC text that sorts. */
export const dayBounds = (
  site: Pick<SiteReference, 'timeZone'>,
  date: string,
): { from: string; to: string } => {
  const { from, to } = calendarOf(site.timeZone).day(date)
  return { from: new Date(from).toISOString(), to: new Date(Math.min(to, lastInstant)).toISOString() }
}
