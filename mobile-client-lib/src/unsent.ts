/** `client.unsent$`: what was entered on this device and has not reached the server. */
import { auditTime, merge, switchMap, type Observable } from 'rxjs'
import { pushOrder, type PushedCollection } from './local/records.ts'
import type { UserDatabase } from './local/user-database.ts'

/** A record with changes that the server has not answered for. */
export interface UnsentRecord {
  collectionName: PushedCollection
  /** The record as the user sees it. */
  record: Readonly<Record<string, unknown>> & { id: string }
  /** How many changes of it wait, its making among them. */
  edits: number
}

/** Changes of one moment are told together; ms. */
const restMs = 50

/** The unsent records, in the order in which they are sent; told again whenever they change. */
export const observeUnsent = (database: UserDatabase): Observable<UnsentRecord[]> =>
  merge(...pushOrder.map((name) => database.unsent[name].size$)).pipe(
    auditTime(restMs),
    switchMap(async () => (await Promise.all(pushOrder.map((name) => unsentIn(database, name)))).flat()),
  )

const unsentIn = async (database: UserDatabase, name: PushedCollection): Promise<UnsentRecord[]> => {
  const ids = [...database.unsent[name].ids]
  if (ids.length === 0) return []
  const found = await database.collections[name].findByIds(ids).exec()
  return [...found.values()].map((document) => {
    const { pendingEdits = [], ...record } = document.toMutableJSON()
    return { collectionName: name, record, edits: pendingEdits.length }
  })
}
