/** Records that a user may read. */
import { visible } from '../../../sync/feed/present.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'

/** The record, or undefined where there is none or the user may not see it. */
export const readable = async (
  group: Group,
  type: string,
  id: string,
  actor: { siteIds: readonly number[] },
): Promise<StoredDoc | undefined> => {
  const doc = await group.db.get(docId(type, id))
  return doc && visible(doc, actor) ? doc : undefined
}
