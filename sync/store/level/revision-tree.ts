import { collectLeaves, merge, revExists, rootToLeaf, type RevNode, type RevPart } from 'pouchdb-merge'
import type { Revisions } from '../port.ts'
import { generationOf, hashOf } from '../prepared.ts'
import { byWinning, type LeafRev } from '../winning.ts'

/** CouchDB's `revs_limit`: what stands further back is forgotten. */
export const REVS_LIMIT = 1000

/**
 * A document's revisions. Nearly all documents have one line and no conflict; the hashes of a line stand newest first
 * in one text, which costs less to parse and to extend than a tree of a thousand nodes.
 */
export type Lineage = { line: string } | { tree: RevPart[] }

/** All leaves, the winner first. A line has but one: `winner`. */
export function leavesOf(lineage: Lineage, winner: LeafRev): LeafRev[] {
  if ('line' in lineage) return [winner]
  return collectLeaves(lineage.tree)
    .map(({ rev, opts }) => ({ rev, deleted: opts.deleted === true }))
    .sort(byWinning)
}

/** Puts newer hashes before a line; what goes beyond the limit is cut. */
function extendLine(newer: readonly string[], line: string): string {
  const longer = `${newer.join(',')},${line}`
  // Splitting at each write would cost; what is shorter cannot hold a thousand hashes and their commas.
  if (longer.length < REVS_LIMIT * 2) return longer
  const hashes = longer.split(',')
  return hashes.length > REVS_LIMIT ? hashes.slice(0, REVS_LIMIT).join(',') : longer
}

function partOf({ start, ids }: Revisions, deleted: boolean): RevPart {
  const known = ids.slice(0, REVS_LIMIT)
  let node: RevNode | undefined
  for (const hash of known) node = node ? [hash, {}, [node]] : [hash, deleted ? { deleted: true } : {}, []]
  if (!node) throw new RangeError('A list of revisions is empty.')
  return { pos: start - known.length + 1, ids: node }
}

function treeOf(lineage: Lineage, winner: LeafRev): RevPart[] {
  if ('tree' in lineage) return lineage.tree
  return [partOf({ start: generationOf(winner.rev), ids: lineage.line.split(',') }, winner.deleted)]
}

/** Whether a revision is known, be it a leaf or an ancestor. */
export function knows(lineage: Lineage, winner: LeafRev, rev: string): boolean {
  if ('tree' in lineage) return revExists(lineage.tree, rev)
  return lineage.line.split(',')[generationOf(winner.rev) - generationOf(rev)] === hashOf(rev)
}

/** The ancestry of each leaf, in no order. */
export function paths(lineage: Lineage, winner: LeafRev): Revisions[] {
  if ('line' in lineage) return [{ start: generationOf(winner.rev), ids: lineage.line.split(',') }]
  return rootToLeaf(lineage.tree).map(({ pos, ids }) => ({
    start: pos + ids.length - 1,
    ids: ids.map(({ id }) => id).reverse(),
  }))
}

/** Adds a leaf, with as much of its ancestry as is known, to the revisions of a document or to none. */
export function graft(
  known: { lineage: Lineage; winner: LeafRev } | undefined,
  leaf: LeafRev,
  revisions: Revisions,
): Lineage {
  if (!known) return { line: revisions.ids.slice(0, REVS_LIMIT).join(',') }
  const { lineage, winner } = known
  const newer = revisions.start - generationOf(winner.rev)
  if ('line' in lineage && newer > 0 && revisions.ids[newer] === hashOf(winner.rev)) {
    return { line: extendLine(revisions.ids.slice(0, newer), lineage.line) }
  }
  const { tree } = merge(treeOf(lineage, winner), partOf(revisions, leaf.deleted), REVS_LIMIT)
  return { tree }
}
