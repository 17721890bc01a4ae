/** GET /v2/managedBookings/searchClients */
import {
  clientNumbers,
  searchFields,
  searchNames,
  type SearchName,
} from '../../../sync/clients/search-fields.ts'
import { findClients, type FoundClient, type SearchPlace } from '../../../sync/clients/search.ts'
import { apiRecord, bareId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler, Input } from '../../http/handler.ts'
import { placeIn } from '../list-place.ts'
import { vetSide } from '../vet-side.ts'

type Call = Api['searchClients']
type Item = ResponseOf<Call>['items'][number]

export const searchClients: Handler<Call> = async (input, app) => {
  const { groupId, siteId, limit } = input.query
  const wanted = wantedOf(input)
  const after = placeOf(input, wanted)
  const { group, actor } = await vetSide(app, { caller: input.caller, groupId })
  if (siteId !== undefined && !actor.siteIds.includes(siteId)) return input.fail('UNKNOWN_SITE')
  const siteIds = siteId === undefined ? actor.siteIds : [siteId]
  const { found, next } = await findClients(group, { wanted, siteIds, after, limit })
  const place = next && [next.lead, next.term, next.clientId].join('\u0000')
  return { status: 200, body: { items: found.map(itemOf), nextCursor: place ?? null } }
}

const wantedOf = ({ query, fail }: Input<Call>): Map<SearchName, string> => {
  const wanted = new Map<SearchName, string>()
  const errors: { path: string; message: string }[] = []
  for (const name of searchNames) {
    const text = query[name]
    if (text === undefined) continue
    const term = searchFields[name].typed(text)
    if (term === '') errors.push({ path: `query.${name}`, message: tooLittle[name] })
    wanted.set(name, term)
  }
  if (errors.length > 0) return fail('INVALID_REQUEST', { errors })
  if (wanted.size === 0)
    return fail('INVALID_REQUEST', {
      errors: [{ path: 'query', message: `give at least one of ${searchNames.join(', ')}` }],
    })
  return wanted
}

const needsLetters = 'must have a letter or a digit'
const tooLittle: Record<SearchName, string> = {
  clientNumber: needsLetters,
  email: 'must be an e-mail address',
  phone: 'must have at least four digits',
  postcode: 'must have at least two letters or digits',
  surname: needsLetters,
  animalName: needsLetters,
}

const places = new RegExp(`^(${searchNames.join('|')})\\0([^\\0]+)\\0([^\\0]+)$`)

const placeOf = (
  { query }: Input<Call>,
  wanted: ReadonlyMap<SearchName, string>,
): SearchPlace | undefined => {
  if (query.cursor === undefined) return undefined
  const given = [...wanted.keys()].join('|')
  const place = placeIn(query.cursor, new RegExp(`^(${given})\\0[^\\0]+\\0[^\\0]+$`))
  const [, lead, term = '', clientId = ''] = places.exec(place) ?? []
  return { lead: lead as SearchName, term, clientId }
}

const itemOf = ({ client, animals }: FoundClient): Item => {
  const record = apiRecord(client) as unknown as Omit<Item, 'clientNumber' | 'animals'>
  const clientNumber = clientNumbers(client)[0] ?? null
  return Object.assign(record, { clientNumber, animals: animals.map(animalOf) })
}

const animalOf = (doc: FoundClient['animals'][number]): Item['animals'][number] => {
  const { name, species, breed, sex, colour, dateOfBirth, allergies, alerts, deceasedAt } =
    doc as unknown as Item['animals'][number]
  const id = bareId(doc._id)
  return { id, name, species, breed, sex, colour, dateOfBirth, allergies, alerts, deceasedAt }
}
