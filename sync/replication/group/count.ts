/** How many records a user may see: counted in the index, and again only when something has changed. */
import { partsOf, rowsBetween } from '../../feed/keys.ts'
import type { Index } from '../../feed/index-store.ts'
import { channelsOfActor } from '../../feed/pull.ts'
import type { FeedOf } from './feed.ts'
import { scopeOf } from './place.ts'

const remembered = new WeakMap<Index, Map<string, { position: number; count: number }>>()
const maxRemembered = 200

export const countRows = async ({
  index,
  actor,
  naming,
}: Pick<FeedOf, 'index' | 'actor' | 'naming'>): Promise<number> => {
  await index.catchUp()
  const channels = channelsOfActor(actor)
  const counts = remembered.get(index) ?? new Map<string, { position: number; count: number }>()
  remembered.set(index, counts)
  const key = `${naming.collection ?? ''} ${scopeOf(channels)}`
  const { position } = index
  const known = counts.get(key)
  if (known?.position === position) return known.count
  let count = 0
  for (const collection of naming.collections) {
    const ids = new Set<string>()
    for (const channel of channels)
      for (const [row] of await index.scan(rowsBetween(collection, channel, {})))
        ids.add(partsOf(row)[3] ?? '')
    count += ids.size
  }
  if (counts.size >= maxRemembered) counts.clear()
  counts.set(key, { position, count })
  return count
}
