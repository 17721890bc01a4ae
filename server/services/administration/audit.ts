/** GET /v2/administration/audit, GET /v2/administration/audit/verification */
import type { Entry } from '../../audit/entry.ts'
import type { EntryPlace } from '../../audit/read.ts'
import type { Api } from '../../contract/api.ts'
import { auditKinds } from '../../contract/audit-kinds.ts'
import type { Handler } from '../../http/handler.ts'
import { placeIn } from '../list-place.ts'

const placeShape = /^(block:[^ ]{1,200}~\d{9}) (\d{1,6})$/

const entryPlace = (cursor: string | undefined): EntryPlace | undefined => {
  const [, block, index] = placeShape.exec(placeIn(cursor, placeShape)) ?? []
  return block === undefined ? undefined : { block, index: Number(index) }
}

const shown = (entry: Entry) => ({
  ...{ id: entry.id, at: entry.at, kind: entry.kind, what: auditKinds[entry.kind], actor: entry.actor },
  ...{ subjects: [...(entry.subjects ?? [])], detail: { ...entry.detail } },
  ...{ call: entry.call ?? null, requestId: entry.requestId ?? null, deviceId: entry.deviceId ?? null },
  ...{ origin: entry.origin ?? null, withdraws: entry.withdraws ?? null },
})

const utc = (instant: string | undefined): string | undefined =>
  instant === undefined ? undefined : new Date(instant).toISOString()

export const listAudit: Handler<Api['listAudit']> = async (input, app) => {
  const { from, to, kind = [], actor, subject = [], cursor, limit } = input.query
  const { entries, next } = await app.audit.read(input.caller.user.groupId, {
    ...{ from: utc(from), to: utc(to), kinds: kind, actor, subjects: subject },
    ...{ after: entryPlace(cursor), limit },
  })
  const place = next && `${next.block} ${next.index}`
  return { status: 200, body: { items: entries.map(shown), nextCursor: place ?? null } }
}

export const verifyAudit: Handler<Api['verifyAudit']> = async (input, app) => {
  const [id = '', hash = ''] = input.query.noted?.split(' ') ?? []
  const noted = input.query.noted === undefined ? [] : [{ id, hash }]
  const found = await app.audit.verify(input.caller.user.groupId, noted)
  const heads = found.heads.map((head) => ({ block: head.id, hash: head.hash }))
  return { status: 200, body: { ...found, heads } }
}
