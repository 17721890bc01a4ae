/**
 * Two who register at once: whether somebody is a client already is read from what stands, and neither sees the other
 * there yet. So whoever registers first takes a claim on each term that they could be matched by, a document that only
 * one of them can make, and looks for clients after it.
 */
import { createHash } from 'node:crypto'
import { matchTerms, type MatchLevel, type Person } from '../../../sync/clients/matching.ts'
import { nameKey } from '../../../sync/clients/normalise.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'

/** A claim that is older was left by a server that died. */
const claimMs = 60_000

/** Terms that, with the same surname, leave no doubt (sync/clients/matching.ts). */
const sure = /^(?:email|phone|house|home) /

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

export type Claimed =
  | { outcome: 'claimed'; release: () => Promise<void> }
  /** Somebody who may be the same person is registering now. */
  | { outcome: 'busy'; matchLevel: MatchLevel }

interface Claim {
  person: Person
  /** Whose claims these are: the same again holds them already. */
  clientId: string
  /** ms since the epoch */
  at: number
}

type Standing = StoredDoc & { clientId: string; surname: string; at: number }

export const claimPerson = async (
  { db, groupId }: Group,
  { person, clientId, at }: Claim,
): Promise<Claimed> => {
  const surname = hashOf(nameKey(person.lastName))
  const release = async (): Promise<void> => {
    const docs = (await db.getMany(terms.map(idOf))).filter((doc) => doc?.['clientId'] === clientId)
    await db.write(docs.flatMap((doc) => (doc ? [{ _id: doc._id, _rev: doc._rev, _deleted: true }] : [])))
  }
  // In one order for everybody, so that of several who share terms one gets all of theirs.
  const terms = matchTerms(person).sort()
  for (const term of terms) {
    const standing = (await db.get(idOf(term))) as Standing | undefined
    if (standing?.clientId === clientId) continue
    const stale = standing !== undefined && at - standing.at > claimMs
    const fields = { type: 'registrationClaim', groupId, siteIds: [], clientId, surname, at }
    const over = stale ? { _rev: standing._rev } : {}
    const [written] = standing && !stale ? [] : await db.write([{ _id: idOf(term), ...over, ...fields }])
    if (written?.ok) continue
    const theirs = standing ?? ((await db.get(idOf(term))) as Standing | undefined)
    await release()
    const certain = sure.test(term) && (theirs?.surname ?? surname) === surname
    return { outcome: 'busy', matchLevel: certain ? 'MATCHED' : 'PARTIALLY_MATCHED' }
  }
  return { outcome: 'claimed', release }
}

const idOf = (term: string): string => `registrationClaim:${hashOf(term)}`
