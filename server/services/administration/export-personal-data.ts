/** GET /v2/administration/clients/{clientId}/personalData: written as it is read, so that nobody is too large for it. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { conflictsOfDoc } from '../../../sync/feed/entries.ts'
import { documents, formerStates, recordsOf, rejectedNaming } from '../../../sync/erasure/records-of.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { apiRecord, bareId, typeOf } from '../../../sync/write/document.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import { streamed, type Handler } from '../../http/handler.ts'

/** The name of each type's list; the client itself stands alone. */
const lists = {
  registration: 'registrations',
  animal: 'animals',
  appointment: 'appointments',
  treatment: 'treatments',
  payment: 'payments',
  invoice: 'invoices',
  prescription: 'prescriptions',
  reminder: 'reminders',
  document: 'documents',
} as const

export const exportPersonalData: Handler<Api['exportPersonalData']> = async (input, app) => {
  const { user } = input.caller
  const { clientId } = input.params
  const group = await app.groups.get(user.groupId)
  const client = await group.db.get(`client:${clientId}`)
  if (!client) return input.fail('NOT_FOUND')
  const { response } = input
  response.status(200).set({
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Disposition': `attachment; filename="client-${clientId}.json"`,
  })
  const exportedAt = new Date(input.receivedAt).toISOString()
  const head = { clientId, groupId: group.groupId, exportedAt, client: apiRecord(client) }
  await pipeline(Readable.from(written(head, { app, group, clientId })), response)
  return streamed
}

interface Exporting {
  app: AppContext
  group: Group
  clientId: string
}

/** The document in pieces of text. */
async function* written(head: object, exporting: Exporting): AsyncGenerator<string> {
  yield JSON.stringify(head).slice(0, -1)
  for (const [name, values] of sections(await recordsOf(exporting.group, exporting.clientId), exporting)) {
    yield `,\n${JSON.stringify(name)}:[`
    let between = ''
    for await (const value of values) {
      yield between + JSON.stringify(value)
      between = ',\n'
    }
    yield ']'
  }
  yield ',\n"complete":true}\n'
}

const sections = (
  ids: readonly string[],
  { app, group, clientId }: Exporting,
): [string, AsyncIterable<object>][] => [
  ...Object.entries(lists).map(([type, name]): [string, AsyncIterable<object>] => [
    name,
    mapped(
      documents(
        group.db,
        ids.filter((id) => typeOf(id) === type),
      ),
      (doc) => [recordIn(doc)],
    ),
  ]),
  ['conflicts', mapped(documents(group.db, ids), conflictsOfDoc)],
  ['history', mapped(formerStates(group.db, ids), (doc) => [recordIn(doc)])],
  ['refused', mapped(rejectedNaming(group.db, ids), (doc) => [recordIn(doc)])],
  ['customerAccounts', linksOf(app, group, clientId)],
]

async function* mapped(
  pages: AsyncIterable<readonly StoredDoc[]>,
  of: (doc: StoredDoc) => readonly object[],
): AsyncGenerator<object> {
  for await (const page of pages) for (const doc of page) yield* of(doc)
}

const recordIn = (doc: StoredDoc): object => {
  const record = apiRecord(doc)
  if (typeOf(doc._id) !== 'document' || doc['purgedAt']) return record
  return { ...record, contentPath: `/v2/mobile/documents/${bareId(doc._id)}/content` }
}

async function* linksOf(app: AppContext, { groupId }: Group, clientId: string): AsyncGenerator<object> {
  for (const { globalAccountId, link } of await app.accounts.globalAccounts.linkedTo(groupId, clientId))
    yield { globalAccountId, siteIds: link.siteIds, connectedAt: link.connectedAt }
}
