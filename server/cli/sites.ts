import { sitesOf } from '../../sync/bookings/references.ts'
import { CliError, type CliContext } from './command.ts'

/**
 * Refuses sites that a group does not have. A group without any has not moved in yet: its users may be made before its
 * sites.
 * @throws CliError
 */
export const checkSites = async (
  { accounts, store }: CliContext,
  groupId: number | null,
  siteIds: readonly number[],
): Promise<void> => {
  if (groupId === null) throw new CliError('--sites: customers belong to no site')
  if (!(await accounts.group(groupId))) throw new CliError(`--group: there is no group ${groupId}`)
  const db = await store.database(`group-${groupId}`)
  const known = (await sitesOf({ db })).map(({ siteId }) => siteId)
  const missing = siteIds.filter((siteId) => !known.includes(siteId))
  if (known.length > 0 && missing.length > 0)
    throw new CliError(
      `--sites: group ${groupId} has no site ${missing.join(', ')}; it has ${known.join(', ')}`,
    )
}
