/** Who of a group's clients may be a person. */
import type { Group } from '../group.ts'
import type { StoredDoc } from '../store/port.ts'
import { docId } from '../write/document.ts'
import { matchLevel, matchLookup, matchTerms, personOf, type MatchLevel, type Person } from './matching.ts'

/** Clients that share one term; more only where a practice put its own number or address into every record. */
const mostOfATerm = 200

export interface Match {
  client: StoredDoc
  level: MatchLevel
}

/** Registered clients who match, the surest first. */
export const findMatches = async (
  { db, index }: Pick<Group, 'db' | 'index'>,
  person: Person,
): Promise<Match[]> => {
  const found = await Promise.all(
    matchTerms(person).map((term) => index.lookup([matchLookup, term], { limit: mostOfATerm })),
  )
  const ids = [...new Set(found.flat().map(([id]) => docId('client', id ?? '')))]
  const clients = (await db.getMany(ids)).filter((doc) => doc !== undefined)
  const matches = clients.map((client) => ({
    client,
    level: matchLevel(person, personOf(client)),
  }))
  return matches
    .filter(({ level }) => level !== 'UNMATCHED')
    .sort((a, b) => Number(b.level === 'MATCHED') - Number(a.level === 'MATCHED'))
}

/** The highest level at which a person is a client already. */
export const levelOf = async (group: Pick<Group, 'db' | 'index'>, person: Person): Promise<MatchLevel> =>
  (await findMatches(group, person))[0]?.level ?? 'UNMATCHED'
