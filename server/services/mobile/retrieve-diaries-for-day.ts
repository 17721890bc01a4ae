/** GET /v2/mobile/retrieveDiariesForDay */
import { Calendar } from '../../../sync/bookings/calendar.ts'
import { blocksOfPractitioner, blocksOfSite, heldBy } from '../../../sync/bookings/held.ts'
import { practitionersOf } from '../../../sync/bookings/references.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { appointmentsOfDay, type ListedAppointment } from './day.ts'
import { findSite } from './site.ts'
import { diarySlots } from './slots.ts'

export const retrieveDiariesForDay: Handler<Api['retrieveDiariesForDay']> = async (input, app) => {
  const { siteId, date, practitionerId } = input.query
  const { user } = input.caller
  const group = await app.groups.get(user.groupId)
  const site = await findSite(group, siteId, user)
  if (!site) return input.fail('UNKNOWN_SITE', { detail: `Site ${siteId} is not one of yours.` })
  const byPractitioner = groupBy(await appointmentsOfDay(group, site, date))
  const practitioners = (await practitionersOf(group))
    .filter((p) => (p.active && p.siteIds.includes(siteId)) || byPractitioner.has(p.practitionerId))
    .filter((p) => practitionerId === undefined || p.practitionerId === practitionerId)
  const calendar = new Calendar(site.timeZone)
  const time = calendar.day(date)
  const everybodys = await blocksOfSite(group, siteId, time)
  const diaries = await Promise.all(
    practitioners.map(async (practitioner) => {
      const id = practitioner.practitionerId
      const [own, taken] = await Promise.all([blocksOfPractitioner(group, id, time), heldBy(group, id, time)])
      return {
        practitionerId: id,
        practitionerName: practitioner.name,
        slots: diarySlots({ calendar, site, practitioner, date, blocked: [...everybodys, ...own], taken }),
        appointments: byPractitioner.get(id) ?? [],
      }
    }),
  )
  return { status: 200, body: { date, siteId, diaries } }
}

const groupBy = (appointments: readonly ListedAppointment[]): Map<string, ListedAppointment[]> => {
  const byPractitioner = new Map<string, ListedAppointment[]>()
  for (const appointment of appointments) {
    const theirs = byPractitioner.get(appointment.practitionerId) ?? []
    theirs.push(appointment)
    byPractitioner.set(appointment.practitionerId, theirs)
  }
  return byPractitioner
}
