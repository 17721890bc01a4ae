/** GET /v2/clinicalPortal/dashboard */
import { finishBilling } from '../../../sync/billing/unfinished.ts'
import { appointmentStatus } from '../../../sync/contract/records.ts'
import { listConflicts } from '../../../sync/feed/conflict-list.ts'
import type { Group } from '../../../sync/group.ts'
import { docId, type RecordDoc } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { appointmentsOfDay, type ListedAppointment } from '../mobile/day.ts'
import type { SiteReference } from '../../../sync/contract/reference.ts'
import { dayBounds } from '../mobile/site.ts'
import { withBalances } from '../money/balances.ts'
import { requestsOfDay } from '../prescriptions/prescriptions.ts'
import { reminderOf } from '../reminders/reminders.ts'
import { siteFor, todayAt } from './sites.ts'

type Dashboard = ResponseOf<Api['portalDashboard']>

const shownReminders = 50
const countedConflicts = 1000

export const portalDashboard: Handler<Api['portalDashboard']> = async (input, app) => {
  const { user } = input.caller
  const { siteId, practitionerId } = input.query
  const group = await app.groups.get(user.groupId)
  const site = await siteFor(group, siteId, user)
  const today = todayAt(site, app.now())
  const date = input.query.date ?? today
  const bounds = dayBounds(site, date)
  const all = await appointmentsOfDay(group, site, date)
  const mine = all.filter((one) => practitionerId === undefined || one.practitionerId === practitionerId)
  const [requests, overdueReminders, conflicts, invoices] = await Promise.all([
    requestsOfDay(group, siteId, bounds),
    overdue(group, siteId, today),
    listConflicts(group, user, { after: '', limit: countedConflicts }),
    unpaidInvoices(group, site, bounds, app.now()),
  ])
  const unpaid = { appointments: mine.filter(({ status }) => status === 'TREATED').length, ...invoices }
  const openConflicts = conflicts.items.length
  const appointments = { total: mine.length, byStatus: countsOf(mine) }
  const body = {
    siteId,
    date,
    appointments,
    waiting: waitingOf(mine),
    requests,
    overdueReminders,
    openConflicts,
  }
  return { status: 200, body: { ...body, unpaid } }
}

const countsOf = (appointments: readonly ListedAppointment[]): Dashboard['appointments']['byStatus'] => {
  const counts = appointmentStatus.options.map((status) => {
    return [status, appointments.filter((one) => one.status === status).length] as const
  })
  return Object.fromEntries(counts) as Dashboard['appointments']['byStatus']
}

/** Who has waited longest comes first. */
const waitingOf = (appointments: readonly ListedAppointment[]): Dashboard['waiting'] =>
  appointments
    .filter(({ status }) => status === 'ARRIVED')
    .map((one) => ({ ...one, arrivedAt: one.statusTimes.ARRIVED ?? null }))
    .sort((a, b) => ((a.arrivedAt ?? '') < (b.arrivedAt ?? '') ? -1 : 1))

const overdue = async (
  group: Group,
  siteId: number,
  today: string,
): Promise<Dashboard['overdueReminders']> => {
  const keys = await group.index.lookup(['reminder.open', String(siteId)], { to: today })
  const shown = keys.slice(0, shownReminders).map((parts) => docId('reminder', parts[1] ?? ''))
  const docs = await group.db.getMany(shown)
  return { count: keys.length, items: docs.flatMap((doc) => (doc ? [reminderOf(doc as RecordDoc)] : [])) }
}

const unpaidInvoices = async (
  group: Group,
  { siteId }: SiteReference,
  bounds: { from: string; to: string },
  now: number,
): Promise<Pick<Dashboard['unpaid'], 'invoices' | 'amounts'>> => {
  await finishBilling(group, now)
  const keys = await group.index.lookup(['invoice.site', String(siteId)], bounds)
  const docs = await group.db.getMany(keys.map((parts) => docId('invoice', parts[1] ?? '')))
  const settled = await withBalances(
    group,
    docs.filter((doc) => doc !== undefined),
  )
  const open = settled.filter(({ outstanding }) => outstanding > 0)
  const currencies = [...new Set(open.map(({ currency }) => currency))].sort()
  const amounts = currencies.map((currency) => ({
    currency,
    amount: open
      .filter((invoice) => invoice.currency === currency)
      .reduce((sum, { outstanding }) => sum + outstanding, 0),
  }))
  return { invoices: open.length, amounts }
}
