/** GET and POST /v2/managedBookings/blockedTime, DELETE /v2/managedBookings/blockedTime/{blockId} */
import { calendarOf } from '../../../sync/bookings/calendar.ts'
import { blocksOfPractitioner, blocksOfSite } from '../../../sync/bookings/held.ts'
import { practitionersOf, siteOf } from '../../../sync/bookings/references.ts'
import { visible } from '../../../sync/feed/present.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { apiRecord, docId } from '../../../sync/write/document.ts'
import { makeRecord, removeRecord } from '../../../sync/write/revise.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { checkSearchDays, sideOfSite, sidesOf } from './booking-side.ts'

type BlockedTime = ResponseOf<Api['blockTime']>

const recordId = (blockId: string): string => `block:${blockId}`
const storedId = (blockId: string): string => docId('reference', recordId(blockId))

const shown = (doc: StoredDoc): BlockedTime => {
  const {
    revision,
    groupId,
    createdAt,
    modifiedAt,
    blockId,
    siteId,
    practitionerId,
    startsAt,
    endsAt,
    reason,
  } = apiRecord(doc)
  return {
    ...{ id: blockId, revision, groupId, createdAt, modifiedAt },
    ...{ siteId, practitionerId, startsAt, endsAt, reason },
  } as BlockedTime
}

const startOf = ({ startsAt }: BlockedTime): number => Date.parse(startsAt)

export const listBlockedTime: Handler<Api['listBlockedTime']> = async ({ query, caller, fail }, app) => {
  const { groupId, siteId, from, to, practitionerId } = query
  checkSearchDays(query)
  const { group, actor } = await sideOfSite(app, { caller, groupId, siteId })
  const site = await siteOf(group, siteId)
  if (!site) return fail('UNKNOWN_SITE')
  const calendar = calendarOf(site.timeZone)
  const time = { from: calendar.day(from).from, to: calendar.day(to).to }
  const found = await Promise.all([
    ...(practitionerId === undefined ? [blocksOfSite(group, siteId, time)] : []),
    ...(await whoseTime(group, siteId, practitionerId)).map((id) => blocksOfPractitioner(group, id, time)),
  ])
  const ids = [...new Set(found.flat().map(({ blockId }) => blockId))]
  const docs = await group.db.getMany(ids.map(storedId))
  const blocks = docs.flatMap((doc) => (doc && visible(doc, actor) ? [shown(doc)] : []))
  return { status: 200, body: { blocks: blocks.sort((a, b) => startOf(a) - startOf(b)) } }
}

const whoseTime = async (group: Group, siteId: number, only: string | undefined): Promise<string[]> => {
  const all = (await practitionersOf(group)).filter(({ siteIds }) => siteIds.includes(siteId))
  return all.map(({ practitionerId }) => practitionerId).filter((id) => only === undefined || id === only)
}

export const blockTime: Handler<Api['blockTime']> = async (input, app) => {
  const { groupId, siteId, practitionerId, startsAt, endsAt, reason } = input.body
  const { group, actor } = await sideOfSite(app, { caller: input.caller, groupId, siteId })
  if (practitionerId !== null && (await whoseTime(group, siteId, practitionerId)).length === 0)
    return input.fail('UNKNOWN_REFERENCE', {
      errors: [{ path: 'practitionerId', message: 'is no practitioner of this site' }],
    })
  const blockId = input.derivedId('block')
  const instantOf = (text: string): string => new Date(text).toISOString()
  const fields = {
    ...{ kind: 'block', blockId, siteId, practitionerId, reason },
    ...{ startsAt: instantOf(startsAt), endsAt: instantOf(endsAt) },
  }
  const record = {
    groupId: group.groupId,
    type: 'reference',
    id: recordId(blockId),
    siteIds: [siteId],
    fields,
  }
  const { doc } = await makeRecord(group.db, record, { by: actor.userId, at: input.receivedAt })
  return { status: 201, body: shown(doc) }
}

export const unblockTime: Handler<Api['unblockTime']> = async ({ params, caller, ifMatch, fail }, app) => {
  const id = recordId(params.blockId)
  for (const { group, actor } of await sidesOf(app, { caller, groupId: undefined })) {
    const doc = await group.db.get(storedId(params.blockId))
    if (!doc || !visible(doc, actor)) continue
    // It is made and removed, and never changed.
    if (ifMatch?.includes(doc._rev) === false)
      return fail('STALE_REVISION', { extra: { record: shown(doc) } })
    await removeRecord(group.db, { type: 'reference', id })
    return { status: 204, body: undefined }
  }
  return fail('NOT_FOUND')
}
