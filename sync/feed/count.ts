/** How much a first pull brings: the documents that a user's device is to hold, by collection. */
import type { Actor } from '../actor.ts'
import { collectionNames, type CollectionName } from '../contract/records.ts'
import { partsOf, rowsBetween } from './keys.ts'
import { channelsOfActor, type FeedSource } from './pull.ts'
import { windowAt } from './window.ts'

/** Walks the keys of the rows and no document. Asked for once a device: a pull without it costs what it returns. */
export const countRows = async (
  { index, windows, now }: FeedSource,
  actor: Pick<Actor, 'siteIds'>,
): Promise<Record<CollectionName, number>> => {
  await index.catchUp()
  const channels = channelsOfActor(actor)
  const counted = collectionNames.map(async (collection) => {
    const window = windowAt(windows, collection, now())
    const ranges = channels.map((channel) => rowsBetween(collection, channel, window))
    const keys = (await Promise.all(ranges.map((range) => index.keys(range)))).flat()
    // A row of several channels is one row.
    return [collection, new Set(keys.map((key) => partsOf(key)[3])).size] as const
  })
  return Object.fromEntries(await Promise.all(counted)) as Record<CollectionName, number>
}
