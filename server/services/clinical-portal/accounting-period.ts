/** GET and PUT /v2/clinicalPortal/accountingPeriod */
import { accountingId, accountingOf } from '../../../sync/billing/accounting.ts'
import type { Group } from '../../../sync/group.ts'
import { makeRecord, reviseRecord } from '../../../sync/write/revise.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { sitesOf } from '../../../sync/bookings/references.ts'
import { dayBounds } from '../mobile/site.ts'
import { todayAt } from './sites.ts'

type Period = ResponseOf<Api['accountingPeriod']>

const periodOf = async (group: Group): Promise<Period> => {
  const doc = await group.db.get(`reference:${accountingId}`)
  const { closedBefore, currency } = await accountingOf(group.db)
  const text = (field: string): string | null => (doc?.[field] as string | null | undefined) ?? null
  const times = { openFrom: text('openFrom'), timeZone: text('timeZone') }
  return { closedBefore, currency, ...times, revision: doc?._rev ?? null }
}

export const accountingPeriod: Handler<Api['accountingPeriod']> = async (input, app) => {
  const group = await app.groups.get(input.caller.user.groupId)
  return { status: 200, body: await periodOf(group) }
}

export const closeAccountingPeriod: Handler<Api['closeAccountingPeriod']> = async (input, app) => {
  const { user } = input.caller
  const { closedBefore, currency } = input.body
  const group = await app.groups.get(user.groupId)
  const [site] = await sitesOf(group)
  const timeZone = site?.timeZone ?? 'UTC'
  if (closedBefore !== null && closedBefore > todayAt({ timeZone }, input.receivedAt))
    return input.fail('INVALID_REQUEST', {
      errors: [{ path: 'closedBefore', message: 'must not be after today' }],
    })
  const openFrom = closedBefore === null ? null : dayBounds({ timeZone }, closedBefore).from
  const fields = { closedBefore, openFrom, timeZone, ...(currency === undefined ? {} : { currency }) }
  const writing = { by: user.userId, at: input.receivedAt }
  const blank = { kind: accountingId, closedBefore: null, openFrom: null, timeZone, currency: 'GBP' }
  const record = { groupId: group.groupId, type: 'reference', id: accountingId, siteIds: [], fields: blank }
  await makeRecord(group.db, record, writing)
  const change = () => ({ ...fields, changedBy: user.userId })
  const request = { type: 'reference', id: accountingId, expected: input.ifMatch, change }
  const revised = await reviseRecord(group.db, request, writing)
  const body = await periodOf(group)
  return revised.outcome === 'stale'
    ? input.fail('STALE_REVISION', { extra: { record: body } })
    : { status: 200, body }
}
