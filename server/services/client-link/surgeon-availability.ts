/** GET /v2/clientLink/surgeonAvailability */
import { DateTime } from 'luxon'
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import { daysBetween } from '../../../sync/bookings/calendar.ts'
import { practitionersOf } from '../../../sync/bookings/references.ts'
import { mayBook } from '../../../sync/bookings/rules.ts'
import type { SiteReference } from '../../../sync/contract/reference.ts'
import type { Api } from '../../contract/api.ts'
import {
  surgeonAvailability as declared,
  surgeonAvailabilityDays as days,
} from '../../contract/client-link-sites.ts'
import type { Handler, Input } from '../../http/handler.ts'
import { apiActor } from '../api-actor.ts'
import { refusedAmong } from '../managed-bookings/booking-answers.ts'
import { siteFor } from './site-for.ts'

type Call = Api['surgeonAvailability']

export const surgeonAvailability: Handler<Call> = async (input, app) => {
  const { siteId, practitionerId, reasonId } = input.query
  const found = await siteFor(app, input.caller.key, input.query)
  if (!found) return input.fail('UNKNOWN_SITE')
  const { group, site } = found
  const { from, to } = daysOf(input, site, app.now())
  const all = (await practitionersOf(group)).filter(
    (one) => mayBook('customer', one) && one.siteIds.includes(siteId),
  )
  const asked = all.filter((one) => practitionerId === undefined || one.practitionerId === practitionerId)
  if (practitionerId !== undefined && asked.length === 0)
    return input.fail('UNKNOWN_REFERENCE', {
      detail: 'There is no such surgeon at this site whom customers may book.',
      errors: [{ path: 'query.practitionerId', message: 'is no surgeon of this site' }],
    })
  const who = { actor: apiActor([siteId]), booker: 'customer' } as const
  const free = await bookingsOf(group).availability(who, { siteId, from, to, practitionerId, reasonId })
  if (free.outcome === 'refused') {
    const { code, options } = refusedAmong(declared.errors, free)
    return input.fail(code, options)
  }
  const surgeons = asked.map(({ practitionerId: id, name }) => ({
    ...{ practitionerId: id, practitionerName: name },
    slots: free.offers
      .filter((offer) => offer.practitionerId === id)
      .map(({ startsAt, endsAt }) => ({ startsAt, endsAt })),
  }))
  return { status: 200, body: { siteId, from, to, surgeons } }
}

/** The first and the last day of the search, at the site. */
const daysOf = ({ query, fail }: Input<Call>, site: SiteReference, now: number) => {
  const plus = (day: string, more: number): string =>
    DateTime.fromISO(day).plus({ days: more }).toISODate() ?? day
  const today = DateTime.fromMillis(now, { zone: site.timeZone }).toISODate() ?? ''
  const from = query.from ?? (query.to !== undefined && query.to < today ? query.to : today)
  const to = query.to ?? plus(from, days.usual - 1)
  const count = daysBetween(from, to) + 1
  if (count >= 1 && count <= days.most) return { from, to }
  return fail('INVALID_REQUEST', {
    errors: [{ path: 'query.to', message: `must be from, or up to ${days.most - 1} days after it` }],
  })
}
