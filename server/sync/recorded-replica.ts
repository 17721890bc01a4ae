/** A replica that tells the audit record how many records were fetched from it, a feed that stays open every few seconds. */
import type { ServerResponse } from 'node:http'
import type { Leaf, StoredDoc } from '../../sync/store/port.ts'
import type { Replica } from '../../sync/replication/replica.ts'
import type { AppContext } from '../context.ts'

const tellEveryMs = 5000

export interface Replicating {
  app: Pick<AppContext, 'audit'>
  user: { userId: string; groupId: number }
  response: ServerResponse
}

export const recordedReplica = (replica: Replica, replicating: Replicating): Replica => {
  const count = counting(replica.name, replicating)
  const countDocs = (docs: readonly (StoredDoc | undefined)[]): void =>
    count(docs.filter((doc) => doc && !doc._deleted).length)
  const countLeaves = (leaves: readonly (Leaf | undefined)[]): void =>
    countDocs(leaves.map((leaf) => leaf?.doc))
  const after = async <T>(work: Promise<T>, tell: (found: T) => void): Promise<T> => {
    const found = await work
    tell(found)
    return found
  }
  return {
    ...replica,
    getMany: (ids) => after(replica.getMany(ids), countDocs),
    range: (options) => after(replica.range(options), countDocs),
    changes: (options) =>
      after(replica.changes(options), ({ changes }) => countDocs(changes.map(({ doc }) => doc))),
    leaves: (id) => after(replica.leaves(id), countLeaves),
    revision: (id, rev) => after(replica.revision(id, rev), (leaf) => countLeaves([leaf])),
  }
}

const counting = (database: string, { app, user, response }: Replicating): ((records: number) => void) => {
  let shown = 0
  let timer: NodeJS.Timeout | undefined
  const tell = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (shown === 0) return
    const actor = { kind: 'user', userId: user.userId } as const
    app.audit.note(user.groupId, { kind: 'REPLICATED', actor, detail: { database, shown } })
    shown = 0
  }
  response.once('close', tell)
  return (records) => {
    shown += records
    if (shown === 0) return
    if (response.destroyed || response.writableFinished) tell()
    else timer ??= setTimeout(tell, tellEveryMs).unref()
  }
}
