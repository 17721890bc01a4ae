/** GET /v2/mobile/retrieveDiariesForDay, and under its former name /v2/mobile/retrieveDiary */
import { calendarOf } from '../../../sync/bookings/calendar.ts'
import { blocksOfPractitioner, blocksOfSite, heldBy } from '../../../sync/bookings/held.ts'
import { practitionersOf } from '../../../sync/bookings/references.ts'
import type { SiteReference } from '../../../sync/contract/reference.ts'
import type { Group } from '../../../sync/group.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler, Input } from '../../http/handler.ts'
import { appointmentsOfDay, type ListedAppointment } from './day.ts'
import { findSite } from './site.ts'
import { diarySlots, type DiarySlot } from './slots.ts'

type Asked = Pick<Input<Api['retrieveDiariesForDay']>, 'query' | 'caller' | 'fail'>

export const retrieveDiariesForDay: Handler<Api['retrieveDiariesForDay']> = (input, app) =>
  diariesFor(input, app)
export const retrieveDiary: Handler<Api['retrieveDiary']> = (input, app) => diariesFor(input, app)

const diariesFor = async (input: Asked, app: AppContext) => {
  const { siteId, date, practitionerId } = input.query
  const { user } = input.caller
  const group = await app.groups.get(user.groupId)
  const site = await findSite(group, siteId, user)
  if (!site) return input.fail('UNKNOWN_SITE', { detail: `Site ${siteId} is not one of yours.` })
  const all = await group.memo.read(`diaries ${siteId} ${date}`, () => diariesOfDay(group, site, date))
  const diaries = all.filter(
    (diary) => practitionerId === undefined || diary.practitionerId === practitionerId,
  )
  return { status: 200 as const, body: { date, siteId, diaries } }
}

interface Diary {
  practitionerId: string
  practitionerName: string
  slots: DiarySlot[]
  appointments: ListedAppointment[]
}

/** The diaries of who works at a site, and of who has appointments there on the day. */
const diariesOfDay = async (group: Group, site: SiteReference, date: string): Promise<Diary[]> => {
  const { siteId } = site
  const calendar = calendarOf(site.timeZone)
  const time = calendar.day(date)
  const [appointments, practitioners, everybodys] = await Promise.all([
    appointmentsOfDay(group, site, date),
    practitionersOf(group),
    blocksOfSite(group, siteId, time),
  ])
  const byPractitioner = groupBy(appointments)
  return await Promise.all(
    practitioners
      .filter((p) => (p.active && p.siteIds.includes(siteId)) || byPractitioner.has(p.practitionerId))
      .map(async (practitioner) => {
        const id = practitioner.practitionerId
        const [own, taken] = await Promise.all([
          blocksOfPractitioner(group, id, time),
          heldBy(group, id, time),
        ])
        const blocked = [...everybodys, ...own]
        return {
          practitionerId: id,
          practitionerName: practitioner.name,
          slots: diarySlots({ calendar, site, practitioner, date, blocked, taken }),
          appointments: byPractitioner.get(id) ?? [],
        }
      }),
  )
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
