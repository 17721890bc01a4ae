/** Records that a new one refers to: they must be the caller's to see. */
import type { Group } from '../../../sync/group.ts'
import { fail } from '../../http/problem.ts'
import { readable } from '../mobile/readable.ts'

interface Named {
  clientId: string
  animalId?: string | null
  /** A prescription. */
  repeatOf?: string | null
}

/** Fails with UNKNOWN_REFERENCE where one is not there, or not at the caller's sites. */
export const mustSee = async (
  group: Group,
  actor: { siteIds: readonly number[] },
  { clientId, animalId, repeatOf }: Named,
): Promise<void> => {
  const named = [
    ['clientId', 'client', clientId],
    ['animalId', 'animal', animalId],
    ['repeatOf', 'prescription', repeatOf],
  ] as const
  for (const [path, type, id] of named)
    if (typeof id === 'string' && !(await readable(group, type, id, actor)))
      fail('UNKNOWN_REFERENCE', { errors: [{ path, message: 'is not known' }] })
}
