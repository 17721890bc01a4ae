/**
 * Finding clients by several fields at once. The index has each field's terms in order; the field with the fewest
 * candidates leads, the others only narrow. What a search reads is bounded: a page that found little in what it was
 * allowed to read ends early, with a place to go on from.
 */
import { lookupsBetween, type KeyRange } from '../feed/keys.ts'
import { visible } from '../feed/present.ts'
import type { Group } from '../group.ts'
import type { StoredDoc } from '../store/port.ts'
import { bareId, docId } from '../write/document.ts'
import { isMerged } from './is-prospect.ts'
import { utf8Order } from './utf8-order.ts'
import { searchFields, searchLookup, searchNames, type SearchName } from './search-fields.ts'

/** Where a page ended: the field that led, the term and the client. */
export interface SearchPlace {
  lead: SearchName
  term: string
  clientId: string
}

export interface ClientSearch {
  /** Terms by field (`typed` in search-fields.ts); at least one. */
  wanted: ReadonlyMap<SearchName, string>
  /** Only clients and animals of these sites are seen. */
  siteIds: readonly number[]
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

interface Candidate {
  term: string
  clientId: string
}

type Source = Pick<Group, 'db' | 'index'>

/** A field with more candidates than this does not narrow by its candidates, but by what the clients' records say. */
const fewCandidates = 2000
/** No so few candidates take up this much of the index: they need not be read to be known as too many. */
const manyBytes = 512 * 1024
const chunkSize = 500
/** Clients that one page may read. */
const mostRead = 500

/** Behind every term that begins with what stands before it; LevelDB compares UTF-8, in which this comes last. */
const end = '\u{10ffff}'
/** In the order of the index, which is that of UTF-8. */
const inOrder = (a: Candidate, b: Candidate): number =>
  utf8Order(a.term, b.term) || (a.clientId < b.clientId ? -1 : 1)

/** Clients by the leading field's term, then id; each once. */
export const findClients = async (source: Source, search: ClientSearch): Promise<FoundPage> => {
  await source.index.catchUp()
  const narrow = search.wanted.size > 1 ? await narrowing(source, search) : new Map<SearchName, Set<string>>()
  const lead = search.after?.lead ?? (await leadOf(source, search, narrow))
  const others = [...narrow].filter(([name]) => name !== lead).map(([, ids]) => ids)
  const found: FoundClient[] = []
  let place = search.after
  for (let read = 0; ;) {
    const { chunk, more } = await candidates(source, search, lead, { after: place, most: chunkSize })
    const possible = chunk.filter(({ clientId }) => others.every((ids) => ids.has(clientId)))
    for (let start = 0; start < possible.length; start += search.limit + 1) {
      const some = possible.slice(start, start + search.limit + 1)
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

/** The clients of each field that has few. */
const narrowing = async (source: Source, search: ClientSearch): Promise<Map<SearchName, Set<string>>> => {
  const few = new Map<SearchName, Set<string>>()
  const narrow = [...search.wanted.keys()].map(async (name) => {
    if ((await bytesOf(source, search, name)) > manyBytes) return
    const { chunk, more } = await candidates(source, search, name, { after: undefined, most: fewCandidates })
    if (!more) few.set(name, new Set(chunk.map(({ clientId }) => clientId)))
  })
  await Promise.all(narrow)
  return few
}

/** What a field's candidates take up of the index, in bytes, about. */
const bytesOf = async ({ index }: Source, search: ClientSearch, name: SearchName): Promise<number> => {
  const sizes = await Promise.all(rangesOf(search, name).map(({ range }) => index.sizeOf(range)))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The field with the fewest candidates; of fields with many, the one that takes up the least of the index. */
const leadOf = async (
  source: Source,
  search: ClientSearch,
  few: ReadonlyMap<SearchName, Set<string>>,
): Promise<SearchName> => {
  const given = searchNames.filter((name) => search.wanted.has(name))
  const [only] = given
  if (given.length === 1 && only) return only
  const sized = given.map(async (name) => {
    const ids = few.get(name)
    return { name, many: ids ? 0 : 1, size: ids?.size ?? (await bytesOf(source, search, name)) }
  })
  const all = await Promise.all(sized)
  const [best] = all.sort((a, b) => a.many - b.many || a.size - b.size)
  return best?.name ?? 'surname'
}

/** The ranges of the index with a field's candidates: one for each site, where the field is kept by site. */
const rangesOf = (
  { wanted, siteIds }: ClientSearch,
  name: SearchName,
  after?: Candidate,
): { range: KeyRange; prefixLength: number }[] => {
  const { bySite, whole } = searchFields[name]
  const term = wanted.get(name) ?? ''
  const from = after ? `${after.term}\u0000${after.clientId}\u0001` : term
  const to = whole ? `${term}\u0001` : term + end
  const prefixes = bySite ? siteIds.map((id) => [searchLookup(name), String(id)]) : [[searchLookup(name)]]
  return prefixes.map((prefix) => ({
    range: lookupsBetween(prefix, from, to),
    prefixLength: prefix.length,
  }))
}

/** Candidates of one field behind `after`, in order, over all the sites. */
const candidates = async (
  { index }: Source,
  search: ClientSearch,
  name: SearchName,
  { after, most }: { after: Candidate | undefined; most: number },
): Promise<{ chunk: Candidate[]; more: boolean }> => {
  const lists = await Promise.all(
    rangesOf(search, name, after).map(async ({ range, prefixLength }) => {
      const keys = await index.keys(range, { limit: most })
      return keys.map((key) => candidateOf(key, prefixLength))
    }),
  )
  // Each list has its first `most`, so the first `most` of them all are among these.
  const first = (lists.length === 1 ? (lists[0] ?? []) : lists.flat().sort(inOrder)).slice(0, most)
  return { chunk: unique(first), more: first.length === most }
}

/** A lookup's key is `k`, the prefix, the term, the client, and for an animal its id. */
const candidateOf = (key: string, prefixLength: number): Candidate => {
  const parts = key.split('\u0000')
  return { term: parts[prefixLength + 1] ?? '', clientId: parts[prefixLength + 2] ?? '' }
}

const unique = (sorted: readonly Candidate[]): Candidate[] =>
  sorted.filter(
    (one, i) => i === 0 || one.clientId !== sorted[i - 1]?.clientId || one.term !== sorted[i - 1]?.term,
  )

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
