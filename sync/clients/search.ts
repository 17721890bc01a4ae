/**
 * Finding clients by several fields at once. The index has each field's terms in order; the field with the fewest
 * candidates leads, the others only narrow. What a search reads is bounded: a page that found little in what it was
 * allowed to read ends early, with a place to go on from.
 */
import { visible } from '../feed/present.ts'
import type { Group } from '../group.ts'
import type { StoredDoc } from '../store/port.ts'
import { bareId, docId } from '../write/document.ts'
import { isMerged } from './is-prospect.ts'
import { candidates, fieldsOf, leadOf, type Candidate, type Wanted } from './candidates.ts'
import { utf8Order } from './utf8-order.ts'
import { searchFields, type SearchName } from './search-fields.ts'

/** Where a page ended: the field that led, the term and the client. */
export interface SearchPlace {
  lead: SearchName
  term: string
  clientId: string
}

export interface ClientSearch extends Wanted {
  after: SearchPlace | undefined
  limit: number
}

export interface FoundClient {
  client: StoredDoc
  animals: StoredDoc[]
}

export interface FoundPage {
  found: FoundClient[]
  next: SearchPlace | undefined
}

type Source = Pick<Group, 'db' | 'index'>

const chunkSize = 500
/** Clients that one page may read. */
const mostRead = 500
/** Clients that are read at once at least. */
const fewest = 8

/** Clients by the leading field's term, then id; each once. */
export const findClients = async (source: Source, search: ClientSearch): Promise<FoundPage> => {
  await source.index.catchUp()
  const [first = 'surname'] = search.wanted.keys()
  const fields = search.wanted.size > 1 ? await fieldsOf(source, search) : []
  const lead = search.after?.lead ?? leadOf(fields) ?? first
  const others = fields.flatMap(({ name, few }) => (few && name !== lead ? [few] : []))
  const found: FoundClient[] = []
  let place = search.after
  // Where nothing narrows, the first candidates are mostly those that are wanted.
  for (let [read, most] = [0, others.length > 0 ? chunkSize : stepFor(search.limit, 0)]; ; most = chunkSize) {
    const { chunk, more } = await candidates(source, search, lead, { after: place, most })
    const possible = chunk.filter(({ clientId }) => others.every((ids) => ids.has(clientId)))
    for (let start = 0; start < possible.length;) {
      const some = possible.slice(start, start + stepFor(search.limit - found.length, read))
      start += some.length
      for (const [i, one] of (await load(source, search, some)).entries()) {
        const candidate = some[i]
        if (!one || !candidate || !suits(one, search, { lead, ...candidate })) continue
        if (found.length === search.limit) return { found, next: place }
        found.push(one)
        place = { lead, ...candidate }
      }
      read += some.length
      const last = some[some.length - 1]
      if (last && read >= mostRead) return { found, next: { lead, ...last } }
    }
    const last = chunk[chunk.length - 1]
    if (!last || !more) return { found, next: undefined }
    place = { lead, ...last }
  }
}

/**
 * Clients to read next where so many are still wanted, and one to know whether there are more: some will not suit, and
 * where few of those that were read did, more are read at once.
 */
const stepFor = (wanted: number, read: number): number =>
  Math.max(wanted + 1 + Math.ceil(wanted / 8), Math.ceil(read / 4), fewest)

/**
 * The clients among these that may be seen and whose own fields suit, with their animals.
 */
const load = async (
  { db, index }: Source,
  search: ClientSearch,
  some: readonly Candidate[],
): Promise<(FoundClient | undefined)[]> => {
  const seen = (doc: StoredDoc | undefined): doc is StoredDoc => doc !== undefined && visible(doc, search)
  const docs = await db.getMany(some.map(({ clientId }) => docId('client', clientId)))
  const clients = docs.map((client) =>
    seen(client) &&
    !isMerged(client) &&
    ownFields(search).every(([name, term]) => hits(name, term, [client]).length > 0)
      ? client
      : undefined,
  )
  const known = clients.filter((client) => client !== undefined)
  const keys = await index.keysUnder(known.map(({ _id }) => ['client.animals', bareId(_id)]))
  const byClient = new Map(
    known.map(({ _id }, i) => [_id, (keys[i] ?? []).map(([id]) => docId('animal', id ?? ''))]),
  )
  const herds = clients.map((client) => (client && byClient.get(client._id)) ?? [])
  const animals = await db.getMany(herds.flat())
  let taken = 0
  return clients.map((client, i) => {
    const own = animals.slice(taken, (taken += herds[i]?.length ?? 0))
    return client && { client, animals: own.filter(seen) }
  })
}

/** What is wanted of the client itself. */
const ownFields = ({ wanted }: ClientSearch): [SearchName, string][] =>
  [...wanted].filter(([name]) => name !== 'animalName')

const hits = (name: SearchName, term: string, docs: readonly StoredDoc[]): string[] => {
  const { terms, whole } = searchFields[name]
  return docs.flatMap(terms).filter((own) => (whole ? own === term : own.startsWith(term)))
}

/** Whether an animal has the name that is wanted, and this is the first term at which the leading field has the client. */
const suits = (one: FoundClient, { wanted }: ClientSearch, { lead, term }: SearchPlace): boolean => {
  const name = wanted.get('animalName')
  if (name !== undefined && hits('animalName', name, one.animals).length === 0) return false
  const led = hits(lead, wanted.get(lead) ?? '', lead === 'animalName' ? one.animals : [one.client])
  return led.every((own) => utf8Order(own, term) >= 0)
}
