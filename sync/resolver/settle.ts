/** Brings records to one leaf again. Any number of servers may do it at once: each step is done once or is the same. */
import { recordTypes } from '../merge/policy.ts'
import type { Leaf, StoredDoc } from '../store/port.ts'
import type { WriteTarget } from '../write/context.ts'
import { bareId, typeOf } from '../write/document.ts'
import { clashing, mendClashesOf } from '../write/mend-clashes.ts'
import type { RecordedWrite } from '../write/witness.ts'
import { planOf, type Plan } from './plan.ts'

/** A record that is written so often that nothing lands is looked at again at its next change. */
const maxRounds = 10
const atOnce = 25

/**
 * @param ids of stored documents
 * @param at ms since the epoch; only for what is mended around the record, never for the record
 */
export const settle = async (target: WriteTarget, ids: readonly string[], at: number): Promise<void> => {
  let left = [...new Set(ids)]
  for (let round = 0; left.length > 0 && round < maxRounds; round += 1) {
    const again: string[] = []
    for (let from = 0; from < left.length; from += atOnce)
      again.push(...(await settleSome(target, left.slice(from, from + atOnce), at)))
    left = again
  }
}

interface Work {
  plan: Plan
  id: string
  leaves: readonly Leaf[]
}

/** Returns the ids of what somebody else was faster with. */
const settleSome = async (target: WriteTarget, ids: readonly string[], at: number): Promise<string[]> => {
  const { db, groupId, witness } = target
  const all = await Promise.all(ids.map((id) => db.leaves(id)))
  const work = all.flatMap((leaves): Work[] => {
    const [winner] = leaves
    const plan = planOf(leaves)
    if (!winner || (!plan.successor && plan.ends.length === 0)) return []
    return [{ plan, id: winner.doc._id, leaves }]
  })
  const branches = work.flatMap(({ plan, id }) => branchesIn(id, plan))
  if (branches.length > 0) await witness?.(groupId, branches)
  const kept = work.flatMap(({ plan }) => plan.kept)
  // What stands already is of a resolver that was faster, or of one that did not come further.
  if (kept.length > 0) await db.write(kept)
  const successors = work.flatMap(({ plan }) => plan.successor ?? [])
  const results = successors.length > 0 ? await db.write(successors) : []
  const late = new Set(results.flatMap((result) => (result.ok ? [] : [result.id])))
  // A leaf ends only when what it held stands in the successor, and around it: while it stands, this is done again.
  const landed = work.filter(({ plan, id }) => plan.ends.length > 0 && !late.has(id))
  await mendAround(target, landed, at)
  const ends = landed.flatMap(({ plan, id }) => plan.ends.map((rev) => endOf(id, rev)))
  if (ends.length > 0) await db.write(ends)
  return [...late]
}

/** What an audit record is told of a record whose branches end. */
const branchesIn = (id: string, { ends }: Plan): RecordedWrite[] => {
  const type = recordTypes.find((one) => one === typeOf(id))
  if (!type || type === 'treatmentCode' || ends.length === 0) return []
  const detail = { revisions: ends }
  return [{ kind: 'BRANCHES_MERGED', type, id: bareId(id), by: null, deviceId: null, detail }]
}

/** The tombstone of a branch: it says that its content is merged, which a deletion does not. */
const endOf = (id: string, rev: string): StoredDoc => ({ _id: id, _rev: rev, _deleted: true, merged: true })

const clashesIn = (leaves: readonly Leaf[]): string[] => leaves.flatMap(({ doc }) => clashing(doc))

/** Merged appointments may clash with others than before; both sides are to show it (I6). */
const mendAround = async (target: WriteTarget, merged: readonly Work[], at: number): Promise<void> => {
  const appointments = merged.filter(({ id }) => typeOf(id) === 'appointment')
  if (appointments.length === 0) return
  const ids = appointments.flatMap(({ id, leaves }) => [bareId(id), ...clashesIn(leaves)])
  await mendClashesOf(target, ids, at)
}
