/** What the library does with RxDB's local documents. */
import type { RxCollection, RxDatabase } from 'rxdb'

/** A database, or a collection, that has local documents. */
export type LocalParent = Pick<RxDatabase | RxCollection, 'getLocal' | 'insertLocal' | 'upsertLocal'>

/** Removes a local document with what it held: RxDB's removal alone keeps that until some cleanup. */
export const erase = async (parent: LocalParent, key: string): Promise<boolean> => {
  const found = await parent.getLocal(key)
  if (!found) return false
  await found.incrementalModify(() => ({}))
  await (await parent.getLocal(key))?.remove()
  return true
}
