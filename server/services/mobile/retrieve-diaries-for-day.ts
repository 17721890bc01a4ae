/** GET /v2/mobile/retrieveDiariesForDay */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { appointmentsOfDay, type ListedAppointment } from './day.ts'
import { findSite, practitionersOf } from './site.ts'
import { slotsOfDay } from './slots.ts'

export const retrieveDiariesForDay: Handler<Api['retrieveDiariesForDay']> = async (input, app) => {
  const { siteId, date, practitionerId } = input.query
  const { user } = input.caller
  const group = await app.groups.get(user.groupId)
  const site = await findSite(group, siteId, user)
  if (!site) return input.fail('UNKNOWN_SITE', { detail: `Site ${siteId} is not one of yours.` })
  const appointments = await appointmentsOfDay(group, site, date)
  const byPractitioner = new Map<string, ListedAppointment[]>()
  for (const appointment of appointments) {
    const theirs = byPractitioner.get(appointment.practitionerId) ?? []
    theirs.push(appointment)
    byPractitioner.set(appointment.practitionerId, theirs)
  }
  const practitioners = await practitionersOf(group)
  const diaries = practitioners
    .filter((p) => (p.active && p.siteIds.includes(siteId)) || byPractitioner.has(p.practitionerId))
    .filter((p) => practitionerId === undefined || p.practitionerId === practitionerId)
    .map((p) => {
      const theirs = byPractitioner.get(p.practitionerId) ?? []
      return {
        practitionerId: p.practitionerId,
        practitionerName: p.name,
        slots: slotsOfDay(site, date, theirs),
        appointments: theirs,
      }
    })
  return { status: 200, body: { date, siteId, diaries } }
}
