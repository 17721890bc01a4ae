/** GET /v2/clientLink/animals/{id}, /v2/clientLink/animals/{id}/history */
import { movesOf } from '../../../sync/clients/ownership.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { typeOf } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { instantAndDoc, placeIn } from '../list-place.ts'
import { findOwned, ownedBy, type Owned } from './owned.ts'
import { animalShown, appointmentShown, referredBy, treatmentShown, type Referred } from './shown.ts'

type HistoryItem = ResponseOf<Api['myAnimalHistory']>['items'][number]

export const myAnimalById: Handler<Api['myAnimalById']> = async (input, app) => {
  const found = await findOwned(await ownedBy(app, input.caller), 'animal', input.params.id)
  if (!found) return input.fail('NOT_FOUND')
  return { status: 200, body: animalShown(found.mine, found.doc) }
}

export const myAnimalHistory: Handler<Api['myAnimalHistory']> = async (input, app) => {
  const { id } = input.params
  const { cursor, limit } = input.query
  const before = placeIn(cursor, instantAndDoc)
  const found = await findOwned(await ownedBy(app, input.caller), 'animal', id)
  if (!found) return input.fail('NOT_FOUND')
  const { mine } = found
  const page = { reverse: true, limit: limit + 1, ...(before === '' ? {} : { to: before }) }
  const from = await ownedSince(mine, id)
  const keys = await mine.group.index.lookup(['animal.history', id], { ...page, from })
  const shown = keys.slice(0, limit)
  const docs = await mine.group.db.getMany(shown.map((parts) => parts[1] ?? ''))
  const known = docs.filter((doc) => doc !== undefined)
  const referred = await referredBy(mine, known)
  const items = docs.flatMap((doc, i) =>
    doc ? itemOf({ mine, doc, referred, at: shown[i]?.[0] ?? '' }) : [],
  )
  const last = keys.length > limit ? shown.at(-1)?.join('\u0000') : undefined
  return { status: 200, body: { items, nextCursor: last ?? null } }
}

/** Since when the animal has been this client's; '' for always. What was before is another's. */
const ownedSince = async ({ group, clientId }: Owned, animalId: string): Promise<string> =>
  (await movesOf(group, animalId)).findLast(({ to }) => to === clientId)?.at ?? ''

interface Entry {
  mine: Owned
  doc: StoredDoc
  referred: Referred
  at: string
}

const itemOf = ({ mine, doc, referred, at }: Entry): HistoryItem[] => {
  switch (typeOf(doc._id)) {
    case 'appointment':
      if (doc['clientId'] !== mine.clientId) return []
      return [{ type: 'appointment', at, appointment: appointmentShown(mine, doc, referred) }]
    case 'treatment':
      if ((doc['voided'] ?? null) !== null) return []
      return [{ type: 'treatment', at, treatment: treatmentShown(doc, referred) }]
    default:
      return []
  }
}
