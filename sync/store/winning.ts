import type { Leaf, Revisions } from './port.ts'
import { generationOf, hashOf } from './prepared.ts'

/** A leaf of a revision tree, without its body. */
export interface LeafRev {
  rev: string
  deleted: boolean
}

/** The winner first: not deleted before deleted, then the longer line, then the greater hash, as CouchDB sorts. */
export function byWinning(a: LeafRev, b: LeafRev): number {
  if (a.deleted !== b.deleted) return a.deleted ? 1 : -1
  const generations = generationOf(b.rev) - generationOf(a.rev)
  if (generations !== 0) return generations
  return hashOf(a.rev) < hashOf(b.rev) ? 1 : -1
}

/** The revisions of a list, newest first. */
export const revsOf = ({ start, ids }: Revisions): string[] => ids.map((hash, at) => `${start - at}-${hash}`)

/** The known revisions from `rev` back to the root, newest first; undefined where no leaf comes from it. */
export function ancestryIn(leaves: readonly Leaf[], rev: string): string[] | undefined {
  for (const { revisions } of leaves) {
    const revs = revsOf(revisions)
    const at = revs.indexOf(rev)
    if (at >= 0) return revs.slice(at)
  }
  return undefined
}
