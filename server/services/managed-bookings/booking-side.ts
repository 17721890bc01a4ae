/** In which group a booking is looked for or made, and on whose behalf. */
import { daysBetween } from '../../../sync/bookings/calendar.ts'
import { visible } from '../../../sync/feed/present.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'
import type { KeyIdentity, UserIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import { longestSearchDays } from '../../contract/managed-bookings.ts'
import { fail } from '../../http/problem.ts'
import { vetSide, type VetSide } from '../vet-side.ts'

/** Fails with INVALID_REQUEST where a search is over no day, or over too many. */
export const checkSearchDays = ({ from, to }: { from: string; to: string }): void => {
  const days = daysBetween(from, to) + 1
  if (days < 1 || days > longestSearchDays)
    fail('INVALID_REQUEST', {
      errors: [
        { path: 'query.to', message: `must be from, or up to ${longestSearchDays - 1} days after it` },
      ],
    })
}

export interface Asking {
  caller: { key: KeyIdentity; user?: UserIdentity }
  /** The group that the call names. */
  groupId: number | undefined
}

/** Groups in which the caller may look: those that a server key sees, else the one that is clear. */
export const sidesOf = async (app: AppContext, { caller, groupId }: Asking): Promise<VetSide[]> => {
  const { key, user } = caller
  if (user || groupId !== undefined || key.kind !== 'server' || key.groupIds.length < 2)
    return [await vetSide(app, { caller, groupId })]
  return await Promise.all(key.groupIds.map((id) => vetSide(app, { caller, groupId: id })))
}

/**
 * The group by its site: site ids are a group's own numbers, so a server key of several groups has to name the group
 * where more than one has the site.
 * @throws ProblemError with UNKNOWN_SITE, INVALID_REQUEST (the group is not clear), and those of `vetSide`
 */
export const sideOfSite = async (app: AppContext, asking: Asking & { siteId: number }): Promise<VetSide> => {
  const sides = await sidesOf(app, asking)
  const [side, ...further] = sides.filter(({ actor }) => actor.siteIds.includes(asking.siteId))
  if (!side) return fail('UNKNOWN_SITE')
  if (further.length === 0) return side
  return fail('INVALID_REQUEST', {
    errors: [{ path: 'groupId', message: 'is required: several groups of this key have this site' }],
  })
}

/**
 * The group by an appointment's id, which no two groups share.
 * @throws ProblemError with NOT_FOUND where there is none that the caller may see, and those of `vetSide`
 */
export const sideOfAppointment = async (
  app: AppContext,
  asking: Asking & { appointmentId: string },
): Promise<VetSide & { appointment: StoredDoc }> => {
  for (const side of await sidesOf(app, asking)) {
    const appointment = await side.group.db.get(docId('appointment', asking.appointmentId))
    if (appointment && visible(appointment, side.actor)) return { ...side, appointment }
  }
  return fail('NOT_FOUND')
}
