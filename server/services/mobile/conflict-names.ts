/** Who wrote the values of conflicts, by name: people settle them, and ids say nothing to people. */
import type { Conflict } from '../../../sync/contract/upload.ts'
import type { AppContext } from '../../context.ts'

/** The same conflicts with `byName`; null where nobody is known by the id. */
export const named = async <T extends { values: Conflict['values'] }>(
  app: Pick<AppContext, 'accounts'>,
  groupId: number,
  conflicts: readonly T[],
): Promise<T[]> => {
  if (conflicts.length === 0) return []
  const users = await app.accounts.admin.users(groupId)
  const names = new Map(users.map(({ userId, displayName }) => [userId, displayName]))
  return conflicts.map((conflict) => ({
    ...conflict,
    values: conflict.values.map((value) => ({ ...value, byName: names.get(value.by ?? '') ?? null })),
  }))
}
