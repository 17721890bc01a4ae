/** What a user may be made of, as far as the practice says so already: a group that has not moved in has neither yet. */
import { practitionersOf, sitesOf } from '../../sync/bookings/references.ts'
import { CliError, type CliContext } from './command.ts'

/** @throws CliError where there is no such group */
export const groupOf = async ({ accounts, store }: CliContext, groupId: number) => {
  if (!(await accounts.group(groupId))) throw new CliError(`--group: there is no group ${groupId}`)
  return { db: await store.database(`group-${groupId}`) }
}

/** @throws CliError for sites that a group does not have */
export const checkSites = async (
  context: CliContext,
  groupId: number | null,
  siteIds: readonly number[],
): Promise<void> => {
  if (groupId === null) throw new CliError('--sites: customers belong to no site')
  const known = (await sitesOf(await groupOf(context, groupId))).map(({ siteId }) => siteId)
  const missing = siteIds.filter((siteId) => !known.includes(siteId))
  if (known.length > 0 && missing.length > 0)
    throw new CliError(
      `--sites: group ${groupId} has no site ${missing.join(', ')}; it has ${known.join(', ')}`,
    )
}

/** @throws CliError for a practitioner that a group does not have */
export const checkPractitioner = async (
  context: CliContext,
  groupId: number,
  practitionerId: string,
): Promise<void> => {
  const known = await practitionersOf(await groupOf(context, groupId))
  if (known.length > 0 && !known.some((one) => one.practitionerId === practitionerId))
    throw new CliError(`--practitioner: group ${groupId} has no such practitioner`)
}
