/** Whom a booking is for. */
import type { Actor } from '../actor.ts'
import { visible } from '../feed/present.ts'
import type { Group } from '../group.ts'
import { docId } from '../write/document.ts'
import { refused, type Refused } from './refusal.ts'

export interface People {
  clientId: string
  animalIds: readonly string[]
}

/** Why these cannot be booked for, or undefined. */
export const peopleRefusal = async (
  group: Group,
  actor: Actor,
  { clientId, animalIds }: People,
): Promise<Refused | undefined> => {
  const [client, ...animals] = await group.db.getMany([
    docId('client', clientId),
    ...animalIds.map((id) => docId('animal', id)),
  ])
  if (!client || !visible(client, actor))
    return refused('UNKNOWN_REFERENCE', 'There is no such client.', 'clientId')
  if (client['deactivated'] === true)
    return refused('CLIENT_DEACTIVATED', 'This client is deactivated.', 'clientId')
  for (const [i, animal] of animals.entries()) {
    const path = `animalIds.${i}`
    if (!animal || !visible(animal, actor))
      return refused('UNKNOWN_REFERENCE', 'There is no such animal.', path)
    if (animal['clientId'] !== clientId)
      return refused('UNKNOWN_REFERENCE', 'This animal is another client’s.', path)
    const name = (animal['name'] as string | null | undefined) ?? 'This animal'
    if ((animal['deceasedAt'] ?? null) !== null) return refused('ANIMAL_DECEASED', `${name} has died.`, path)
  }
  return undefined
}
