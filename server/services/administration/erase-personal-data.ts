/** POST /v2/administration/clients/{clientId}/erasure */
import { beginErasure, carryOut } from '../../../sync/erasure/erase-client.ts'
import { fieldsErased, keptKinds } from '../../../sync/erasure/policy.ts'
import { documents, recordsOf } from '../../../sync/erasure/records-of.ts'
import type { Group } from '../../../sync/group.ts'
import { bareId, docId, typeOf } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'

type Call = Api['erasePersonalData']
type Report = Pick<ResponseOf<Call>, 'erased' | 'kept' | 'elsewhere'>

export const erasePersonalData: Handler<Call> = async (input, app) => {
  const { user } = input.caller
  const { clientId } = input.params
  const group = await app.groups.get(user.groupId)
  if (!(await group.db.get(docId('client', clientId)))) return input.fail('NOT_FOUND')
  const ahead = await appointmentsAhead(group, clientId, app.now())
  if (ahead.length > 0) return input.fail('APPOINTMENTS_AHEAD', { extra: { appointmentIds: ahead } })
  const { documentCategories } = input.body
  const asked = { clientId, by: user.userId, documentCategories, at: app.now() }
  const erasure = await beginErasure(group, asked)
  await carryOut(group, erasure, app.now())
  const links = await app.accounts.globalAccounts.forgetClient(group.groupId, clientId)
  const report = await reportOf(group, clientId, erasure.documentCategories)
  const accounts = { kind: 'customerAccount', count: links, what: 'the connection to the client' }
  return {
    status: 200,
    body: {
      ...{ clientId, begunAt: erasure.begunAt, completedAt: new Date(app.now()).toISOString() },
      ...{ documentCategories: erasure.documentCategories, ...report },
      erased: links > 0 ? [...report.erased, accounts] : report.erased,
    },
  }
}

const over: ReadonlySet<unknown> = new Set(['CANCELLED', 'FAILED_TO_SHOW'])

const appointmentsAhead = async (group: Group, clientId: string, now: number): Promise<string[]> => {
  const from = new Date(now).toISOString()
  const rows = await group.index.lookup(['client.appointments', clientId], { from })
  const ids = rows.map((parts) => docId('appointment', bareId(parts.at(-1) ?? '')))
  const ahead: string[] = []
  for await (const page of documents(group.db, ids))
    for (const { _id, status } of page) if (!over.has(status)) ahead.push(bareId(_id))
  return ahead
}

const elsewhere = [
  'Backups and copies that other systems replicated hold it until they are overwritten',
  'Files of erased documents go within 25 hours, where no other document has the same file',
  'Kept answers of calls with an Idempotency-Key go within 24 hours',
  'The practice’s own PMS behind the bridge, and the customer’s own account with Vetspace, are not touched',
]

/** Of records, counted from what stands afterwards, so that it is the same however often it is asked. */
const reportOf = async (group: Group, clientId: string, categories: readonly string[]): Promise<Report> => {
  const counts = new Map<string, number>()
  const gone = new Map<string, number>()
  const add = (to: Map<string, number>, kind: string): void => void to.set(kind, (to.get(kind) ?? 0) + 1)
  for await (const page of documents(group.db, await recordsOf(group, clientId)))
    for (const doc of page) {
      const kind = typeOf(doc._id)
      const isGone = kind === 'document' && categories.includes(String(doc['category']))
      add(isGone ? gone : counts, kind)
      if (!isGone && kind !== 'document' && Object.keys(fieldsErased(kind)).length > 0) add(gone, kind)
    }
  return {
    erased: [...gone].map(([kind, count]) => ({
      ...{ kind, count },
      what: Object.keys(fieldsErased(kind)).join(', ') + (kind === 'document' ? ', and the file' : ''),
    })),
    kept: [...counts].flatMap(([kind, count]) => {
      const kept = keptKinds[kind]
      return kept ? [{ kind, count, ...kept }] : []
    }),
    elsewhere,
  }
}
