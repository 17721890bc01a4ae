/** Where an import writes: the store itself, or the server that has it open. */
import type { Groups } from '../../sync/group.ts'
import type { Store } from '../../sync/store/port.ts'
import type { BatchOutcome, ImportBatch } from './batch.ts'
import { ImportError } from './errors.ts'

/** Takes batches for one group. */
export interface Destination extends AsyncDisposable {
  /** For the person at the keyboard: what is written to. */
  readonly description: string
  take(batch: ImportBatch): Promise<BatchOutcome>
  /** Resolves when the group's indexes hold all that was taken. */
  finish(): Promise<void>
}

/** The group and site that an import is for. */
export interface Place {
  groupId: number
  siteId: number
}

/** What has to be known to check a place. */
export interface Premises {
  store: Pick<Store, 'list'>
  groups: Pick<Groups, 'get'>
}

const siteIds = { from: 'reference:site:', to: 'reference:site:\uffff', limit: 10_000 }

/**
 * Refuses a group or site that is not there, before a slip of the finger has made it. In a store without any
 * group the first one is made, and in a group without any site the sites are yet to come.
 */
export const checkPlace = async ({ store, groups }: Premises, { groupId, siteId }: Place): Promise<void> => {
  const known = (await store.list()).flatMap((name) => /^group-(\d+)$/.exec(name)?.[1] ?? [])
  if (known.length > 0 && !known.includes(String(groupId)))
    throw new ImportError(`--group ${groupId}: there is no such group here; there are ${known.join(', ')}`)
  const { db } = await groups.get(groupId)
  const sites = (await db.range(siteIds)).map((doc) => doc['siteId'])
  if (sites.length > 0 && !sites.includes(siteId))
    throw new ImportError(`--site ${siteId}: group ${groupId} has no such site; it has ${sites.join(', ')}`)
}
