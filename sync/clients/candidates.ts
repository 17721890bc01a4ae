/** Who may be meant by a search, field by field, as the index has them: clients' ids in the order of a field's terms. */
import { lookupsBetween, type KeyRange } from '../feed/keys.ts'
import type { Group } from '../group.ts'
import { searchFields, searchLookup, searchNames, type SearchName } from './search-fields.ts'
import { utf8Order } from './utf8-order.ts'

type Source = Pick<Group, 'index'>

export interface Wanted {
  /** Terms by field (`typed` in search-fields.ts); at least one. */
  wanted: ReadonlyMap<SearchName, string>
  /** Only clients and animals of these sites are seen. */
  siteIds: readonly number[]
}

export interface Candidate {
  term: string
  clientId: string
}

/** A field with more candidates than this does not narrow by its candidates, but by what the clients' records say. */
const fewCandidates = 2000
/** No so few candidates take up this much of the index: they need not be read to be known as too many. */
const manyBytes = 512 * 1024
/** Behind every term that begins with what stands before it; LevelDB compares UTF-8, in which this comes last. */
const end = '\u{10ffff}'
/** In the order of the index, which is that of UTF-8. */
const inOrder = (a: Candidate, b: Candidate): number =>
  utf8Order(a.term, b.term) || (a.clientId < b.clientId ? -1 : 1)

/** How much of the index each field's candidates take up, and which clients those are of a field that has few. */
export const fieldsOf = async (source: Source, search: Wanted): Promise<Field[]> =>
  await Promise.all(
    searchNames
      .filter((name) => search.wanted.has(name))
      .map(async (name) => {
        const bytes = await bytesOf(source, search, name)
        return { name, bytes, few: bytes > manyBytes ? undefined : await fewOf(source, search, name) }
      }),
  )

interface Field {
  name: SearchName
  /** Bytes of the index, about. */
  bytes: number
  /** Ids of its clients; undefined where it has many. */
  few: Set<string> | undefined
}

const bytesOf = async ({ index }: Source, search: Wanted, name: SearchName): Promise<number> => {
  const sizes = await Promise.all(rangesOf(search, name).map(({ range }) => index.sizeOf(range)))
  return sizes.reduce((sum, size) => sum + size, 0)
}

const fewOf = async (
  { index }: Source,
  search: Wanted,
  name: SearchName,
): Promise<Set<string> | undefined> => {
  const ids = new Set<string>()
  let left = fewCandidates
  for (const { range, prefixLength } of rangesOf(search, name)) {
    const keys = await index.keys(range, { limit: left })
    left -= keys.length
    if (left === 0) return undefined
    for (const key of keys) ids.add(candidateOf(key, prefixLength).clientId)
  }
  return ids
}

/** The field with the fewest candidates; of fields with many, the one that takes up the least of the index. */
export const leadOf = (fields: readonly Field[]): SearchName | undefined => {
  const count = ({ few }: Field): number => few?.size ?? fewCandidates
  return fields.toSorted((a, b) => count(a) - count(b) || a.bytes - b.bytes)[0]?.name
}

/** The ranges of the index with a field's candidates: one for each site, where the field is kept by site. */
const rangesOf = (
  { wanted, siteIds }: Wanted,
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
export const candidates = async (
  { index }: Source,
  search: Wanted,
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
