/** A page of a pull as people read it. */
import type { Actor } from '../../../sync/actor.ts'
import type { PullRequest, PullResponse } from '../../../sync/contract/pull.ts'
import type { Conflict } from '../../../sync/contract/upload.ts'
import type { Group } from '../../../sync/group.ts'
import type { AppContext } from '../../context.ts'
import { named } from './conflict-names.ts'

interface Asked {
  user: Pick<Actor, 'siteIds'>
  asked: Pick<PullRequest, 'collection' | 'checkpoint' | 'limit'>
}

/**
 * A page; one of conflicts says who wrote their values.
 * @throws InvalidCheckpoint
 */
export const pullNamed = async (
  app: AppContext,
  group: Group,
  { user, asked }: Asked,
): Promise<PullResponse> => {
  const page = await group.pull(user, asked)
  if (asked.collection !== 'conflicts') return page
  type Open = PullResponse['documents'][number] & Pick<Conflict, 'values'>
  const open = page.documents.filter(({ _deleted }) => !_deleted) as Open[]
  const gone = page.documents.filter(({ _deleted }) => _deleted)
  return { ...page, documents: [...(await named(app, group.groupId, open)), ...gone] }
}
