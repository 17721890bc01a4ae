/** A practice has no PMS any more. */
import type { Store } from '../../sync/store/port.ts'
import { bridgeDatabase, pmsDocId } from './documents.ts'

/** What was done by the PMS is done inside again. Writes that wait stay. False where the group had no PMS. */
export const forgetPms = async (store: Pick<Store, 'database'>, groupId: number): Promise<boolean> => {
  const db = await store.database(bridgeDatabase)
  const doc = await db.get(pmsDocId(groupId))
  if (!doc) return false
  const [result] = await db.write([{ _id: doc._id, _rev: doc._rev, _deleted: true }])
  return result?.ok === true
}
