/** What of the group's references a booking at a site is made with. */
import type { Actor } from '../actor.ts'
import type { PractitionerReference, SiteReference } from '../contract/reference.ts'
import type { Group } from '../group.ts'
import { calendarOf } from './calendar.ts'
import type { LedgerOf } from './ledger.ts'
import { reasonOf, sitesOf } from './references.ts'
import { refused, refusedBy, type Refused } from './refusal.ts'
import { termsRefusal, type Booker, type Terms } from './rules.ts'

/** On whose behalf, and as what, bookings are looked for and made. */
export interface BookingFor {
  /** Who writes: their sites say which clients and animals can be booked. */
  actor: Actor
  /** Whose rules hold: staff book more than customers do, who book more than people who are no clients yet. */
  booker: Booker
}

export interface Setting {
  terms: Terms
  sites: readonly SiteReference[]
}

/** The terms at a site for a reason, or why nothing can be booked there by this booker. */
export const settingOf = async (
  group: Group,
  { actor, booker }: BookingFor,
  { siteId, reasonId }: { siteId: number; reasonId: string | null },
): Promise<Setting | Refused> => {
  const [sites, reason] = await Promise.all([
    sitesOf(group),
    reasonId === null ? null : reasonOf(group, reasonId),
  ])
  const site = sites.find((one) => one.siteId === siteId)
  if (!site || !actor.siteIds.includes(siteId)) return refused('UNKNOWN_SITE', `There is no site ${siteId}.`)
  if (reason === undefined) return refused('UNKNOWN_REFERENCE', 'There is no such reason.', 'reasonId')
  const calendar = calendarOf(site.timeZone)
  const terms = { booker, calendar, site, reason, now: group.now() }
  const broken = termsRefusal(terms)
  return broken ? refusedBy(broken) : { terms, sites }
}

/** A practitioner's ledger goes by the days of the first of their sites, so that all of them share it. */
export const ledgerOf = (
  sites: readonly SiteReference[],
  { practitionerId, siteIds }: Pick<PractitionerReference, 'practitionerId' | 'siteIds'>,
): LedgerOf => {
  const site = sites.find(({ siteId }) => siteIds.includes(siteId)) ?? sites[0]
  return { practitionerId, calendar: calendarOf(site?.timeZone ?? 'UTC') }
}
