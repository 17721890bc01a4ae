/** GET /v2/clinicalPortal/dashboard */
import { finishBilling } from '../../../sync/billing/unfinished.ts'
import { appointmentStatus } from '../../../sync/contract/records.ts'
import { listConflicts } from '../../../sync/feed/conflict-list.ts'
import type { Group } from '../../../sync/group.ts'
import { docId, type RecordDoc } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { appointmentsIn, type ListedAppointment } from '../mobile/day.ts'
import type { SiteReference } from '../../../sync/contract/reference.ts'
import { withBalances } from '../money/balances.ts'
import { requestsIn } from '../prescriptions/read.ts'
import { reminderOf } from '../reminders/reminders.ts'
import { checkDays, instantsOf, sitesFor, todayAt, type Days } from './sites.ts'

type Dashboard = ResponseOf<Api['portalDashboard']>

/** Days of one answer. */
const mostDays = 31
const shownReminders = 50
const countedConflicts = 1000

export const portalDashboard: Handler<Api['portalDashboard']> = async (input, app) => {
  const { user } = input.caller
  const { siteId, practitionerId } = input.query
  const group = await app.groups.get(user.groupId)
  const sites = await sitesFor(group, siteId, user)
  const days = daysOf(input.query, sites[0] ? todayAt(sites[0], app.now()) : '')
  const spans = sites.map((site) => ({ site, ...instantsOf(site, days) }))
  const all = (await Promise.all(spans.map((span) => appointmentsIn(group, span.site, span)))).flat()
  const mine = all.filter((one) => practitionerId === undefined || one.practitionerId === practitionerId)
  const [requests, overdueReminders, conflicts, invoices] = await Promise.all([
    Promise.all(spans.map((span) => requestsIn(group, span.site.siteId, span))),
    overdue(group, sites, app.now()),
    listConflicts(group, user, { after: '', limit: countedConflicts }),
    unpaidInvoices(group, spans, app.now()),
  ])
  const body = {
    ...{ siteId: siteId ?? null, ...days },
    appointments: { total: mine.length, byStatus: countsOf(mine) },
    waiting: waitingOf(mine),
    requests: requests.flat(),
    overdueReminders,
    openConflicts: conflicts.items.length,
    unpaid: { appointments: mine.filter(({ status }) => status === 'TREATED').length, ...invoices },
  }
  return { status: 200, body }
}

/** The days asked for; one of them alone is that day. Fails with INVALID_REQUEST. */
const daysOf = ({ from, to }: Days, today: string): { from: string; to: string } => {
  const days = { from: from ?? to ?? today, to: to ?? from ?? today }
  checkDays(days, mostDays)
  return days
}

interface Span {
  site: SiteReference
  /** The first instant, and the one after the last. */
  from: string
  to: string
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
  sites: readonly SiteReference[],
  now: number,
): Promise<Dashboard['overdueReminders']> => {
  const bySite = await Promise.all(
    sites.map((site) =>
      group.index.lookup(['reminder.open', String(site.siteId)], { to: todayAt(site, now) }),
    ),
  )
  const keys = bySite.flat().sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
  const shown = keys.slice(0, shownReminders).map((parts) => docId('reminder', parts[1] ?? ''))
  const docs = await group.db.getMany(shown)
  return { count: keys.length, items: docs.flatMap((doc) => (doc ? [reminderOf(doc as RecordDoc)] : [])) }
}

const unpaidInvoices = async (
  group: Group,
  spans: readonly Span[],
  now: number,
): Promise<Pick<Dashboard['unpaid'], 'invoices' | 'amounts'>> => {
  await finishBilling(group, now)
  const bySite = await Promise.all(
    spans.map(({ site, from, to }) =>
      group.index.lookup(['invoice.site', String(site.siteId)], { from, to }),
    ),
  )
  const keys = bySite.flat()
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
