/** GET /v2/prospectBookings/prospects/{prospectId}/matches */
import { findMatches } from '../../../sync/clients/find-matches.ts'
import { personOf } from '../../../sync/clients/matching.ts'
import { visible } from '../../../sync/feed/present.ts'
import { apiRecord, bareId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { pageByPlace } from '../page-by-place.ts'
import { animalsOf, prospectSide } from './prospect.ts'

type Item = ResponseOf<Api['prospectMatches']>['items'][number]

export const prospectMatches: Handler<Api['prospectMatches']> = async (input, app) => {
  const { caller, params, query } = input
  const side = await prospectSide(app, { caller, groupId: query.groupId, ...params })
  const matches = await findMatches(side.group, personOf(side.client))
  const seen = matches.filter(({ client }) => visible(client, side.actor) && client._id !== side.client._id)
  const page = pageByPlace(seen, query)
  const items = page.items.map(async ({ client, level }): Promise<Item> => {
    const animals = await animalsOf(side.group, bareId(client._id))
    return {
      matchLevel: level as Item['matchLevel'],
      client: apiRecord(client) as unknown as Item['client'],
      animals: animals.filter((animal) => visible(animal, side.actor)).map(animalOf),
    }
  })
  return { status: 200, body: { items: await Promise.all(items), nextCursor: page.nextCursor } }
}

const animalOf = (doc: Parameters<typeof apiRecord>[0]): Item['animals'][number] => {
  const record = apiRecord(doc) as unknown as Item['animals'][number]
  const { id, name, species, breed, deceasedAt } = record
  return { id, name, species, breed, deceasedAt }
}
