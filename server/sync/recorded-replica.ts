/**
 * A replica that tells the audit record what was fetched from it: which records, where a request names a few, else how
 * many; a feed that stays open every few seconds.
 */
import type { Request, Response } from 'express'
import { namingOf, type Naming, type ReplicatedCollection } from '../../sync/replication/group/naming.ts'
import type { Replica } from '../../sync/replication/replica.ts'
import type { Leaf, StoredDoc } from '../../sync/store/port.ts'
import { bareId, typeOf } from '../../sync/write/document.ts'
import type { AuditActor, AuditSubject } from '../audit/entry.ts'
import type { AppContext } from '../context.ts'
import { subjectTypes } from '../contract/audit-kinds.ts'
import { exchangeOf } from '../http/exchange.ts'
import type { SyncCaller } from './login.ts'

const tellEveryMs = 5000
/** A request that names more records than these replicates a practice, and is summed up. */
const maxNamed = 50

export interface Replicating {
  app: Pick<AppContext, 'audit'>
  caller: Pick<SyncCaller, 'user' | 'key'>
  collection: ReplicatedCollection | undefined
  request: Request
  response: Response
}

/** Whether a request looks at leaves beside what it shows; of every other they are what it shows. */
const looksBeside = ({ method, path }: Request): boolean =>
  method === 'PUT' || method === 'DELETE' || /\/_(changes|all_docs|revs_diff)\/?$/.test(path)

export const recordedReplica = (replica: Replica, replicating: Replicating): Replica => {
  const show = showing(replica.name, replicating)
  const after = async <T>(work: Promise<T>, tell: (found: T) => void): Promise<T> => {
    const found = await work
    tell(found)
    return found
  }
  const showLeaves = (leaves: readonly (Leaf | undefined)[]): void =>
    show(
      leaves.map((leaf) => leaf?.doc),
      true,
    )
  return {
    ...replica,
    getMany: (ids) => after(replica.getMany(ids), (docs) => show(docs, true)),
    range: (options) => after(replica.range(options), (docs) => show(docs, options.from === options.to)),
    told: show,
    ...(!looksBeside(replicating.request) && {
      leaves: (id) => after(replica.leaves(id), showLeaves),
      revision: (id, rev) => after(replica.revision(id, rev), (leaf) => showLeaves([leaf])),
    }),
  }
}

type Show = (docs: readonly (StoredDoc | undefined)[], named: boolean) => void

const showing = (database: string, replicating: Replicating): Show => {
  const { response } = replicating
  const naming = namingOf(replicating.collection)
  const named = new Map<string, AuditSubject>()
  let [shown, several] = [0, false]
  let timer: NodeJS.Timeout | undefined
  const tell = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (shown > 0 && response.statusCode !== 304)
      note(replicating, { database, shown }, several ? [] : [...named.values()])
    shown = 0
    named.clear()
  }
  response.once('close', tell)
  return (docs, byName) => {
    const standing = docs.flatMap((doc) => (doc && !doc._deleted ? [doc] : []))
    shown += standing.length
    if (shown === 0) return
    if (byName) for (const doc of standing) for (const one of subjectsOf(doc, naming)) named.set(one.id, one)
    several ||= !byName || named.size > maxNamed
    if (several) named.clear()
    if (response.destroyed || response.writableFinished) tell()
    else timer ??= setTimeout(tell, tellEveryMs).unref()
  }
}

const note = (
  { app, caller: { user, key }, response }: Replicating,
  detail: { database: string; shown: number },
  subjects: readonly AuditSubject[],
): void => {
  const by = key && { accountId: key.accountId, keyId: key.keyId }
  const actor: AuditActor = { kind: 'user', userId: user.userId, ...by }
  const about = subjects.length > 0 ? { subjects } : {}
  const { requestId } = exchangeOf(response)
  app.audit.note(user.groupId, { kind: 'REPLICATED', actor, ...about, detail, requestId })
}

const subjectsOf = ({ _id }: StoredDoc, naming: Naming): AuditSubject[] => {
  const stored = naming.stored(_id) ?? ''
  const type = subjectTypes.find((one) => one === typeOf(stored))
  return type ? [{ type, id: bareId(stored) }] : []
}
