/** The sites that a call of the portal is about, and their days. */
import { DateTime } from 'luxon'
import type { Group } from '../../../sync/group.ts'
import { fail } from '../../http/problem.ts'
import type { SiteReference } from '../../../sync/contract/reference.ts'
import { dayBounds, findSite } from '../mobile/site.ts'

/** The site asked for, or all of the user's. Fails with UNKNOWN_SITE. */
export const sitesFor = async (
  group: Group,
  siteId: number | undefined,
  actor: { siteIds: readonly number[] },
): Promise<SiteReference[]> => {
  if (siteId !== undefined) return [await siteFor(group, siteId, actor)]
  const sites = await Promise.all(actor.siteIds.map((id) => findSite(group, id, actor)))
  return sites.filter((site) => site !== undefined)
}

/** One site of the user's. Fails with UNKNOWN_SITE. */
export const siteFor = async (
  group: Group,
  siteId: number,
  actor: { siteIds: readonly number[] },
): Promise<SiteReference> =>
  (await findSite(group, siteId, actor)) ??
  fail('UNKNOWN_SITE', { detail: `Site ${siteId} is not one of yours.` })

/** Days that a call asks for, both included. */
export interface Days {
  from?: string | undefined
  to?: string | undefined
}

/** Fails with INVALID_REQUEST where `to` is before `from`, or more than `most` days are asked for. */
export const checkDays = ({ from, to }: Days, most = Infinity): void => {
  if (from === undefined || to === undefined) return
  const count = DateTime.fromISO(to).diff(DateTime.fromISO(from), 'days').days + 1
  if (count >= 1 && count <= most) return
  const message =
    most === Infinity ? 'must be from, or after it' : `must be from, or up to ${most - 1} days after it`
  fail('INVALID_REQUEST', { errors: [{ path: 'query.to', message }] })
}

/** From inclusive, to exclusive; absent: open. */
export interface Bounds {
  from?: string
  to?: string
}

/** The bounds of days `from` to `to`, both included: as days, or as the instants at which they begin and end. */
export const boundsOf = (
  site: Pick<SiteReference, 'timeZone'>,
  { from, to }: Days,
  days: boolean,
): Bounds => {
  const low = from === undefined ? undefined : days ? from : dayBounds(site, from).from
  const high = to === undefined ? undefined : days ? nextDay(to) : dayBounds(site, to).to
  return { ...(low === undefined ? {} : { from: low }), ...(high === undefined ? {} : { to: high }) }
}

/** The first instant of days `from` to `to` at a site and of the day after, as UTC text that sorts. */
export const instantsOf = (
  site: Pick<SiteReference, 'timeZone'>,
  { from, to }: { from: string; to: string },
): { from: string; to: string } => ({ from: dayBounds(site, from).from, to: dayBounds(site, to).to })

/** After year 9999, whose next day would sort before all others, comes what sorts last. */
const nextDay = (day: string): string =>
  day === '9999-12-31' ? `${day}\uffff` : (DateTime.fromISO(day).plus({ days: 1 }).toISODate() ?? day)

/** The day that it is at a site. */
export const todayAt = (site: Pick<SiteReference, 'timeZone'>, now: number): string =>
  DateTime.fromMillis(now, { zone: site.timeZone }).toISODate() ?? ''
