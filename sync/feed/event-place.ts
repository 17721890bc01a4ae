/** Where an event stood: who lost the stream asks with it what has changed since (`Last-Event-ID`). */
import type { Actor } from '../actor.ts'
import { collectionNames, type CollectionName } from '../contract/records.ts'
import type { Index } from './index-store.ts'
import { changesAfter } from './keys.ts'
import { channelsOfActor } from './pull.ts'

/** The id of an event that tells of everything up to now. */
export const eventIdNow = (index: Index): string => `${index.epoch}.${index.position}`

/**
 * The collections in which something has changed for a user since the event of that id; all of them where the id means
 * nothing here: it is of another server, of an index made anew, or none.
 */
export const changedSince = async (
  index: Index,
  actor: Pick<Actor, 'siteIds'>,
  id: string,
): Promise<CollectionName[]> => {
  await index.catchUp()
  const [, epoch, position] = /^([\w-]{1,40})\.(\d{1,15})$/.exec(id) ?? []
  if (epoch !== index.epoch || Number(position) > index.position) return [...collectionNames]
  const changed: CollectionName[] = []
  for (const collection of collectionNames)
    for (const channel of channelsOfActor(actor)) {
      const range = changesAfter(collection, channel, Number(position))
      if ((await index.scan(range, { limit: 1 })).length === 0) continue
      changed.push(collection)
      break
    }
  return changed
}
