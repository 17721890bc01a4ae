/**
 * What the resolver makes of a record's leaves: pure, from nothing but the leaves, so that two resolvers over one
 * store write the same revisions. No clock, no name of a server, no chance.
 */
import { canonical, own, put, same } from '../merge/canonical.ts'
import { enterBranch } from '../merge/branch.ts'
import { hashUuid } from '../merge/hash.ts'
import { deleteAgainstChange, fieldsOf, recordTypes, type RecordType } from '../merge/policy.ts'
import { mergeStates } from '../merge/record.ts'
import { erased, erasedAt } from '../erasure/erased.ts'
import { joinValues } from '../merge/served.ts'
import type { RecordState } from '../merge/types.ts'
import type { Leaf, NewDoc, StoredDoc } from '../store/port.ts'
import {
  bareId,
  docId,
  generationOf,
  isAsItCame,
  typeOf,
  type AppliedEdit,
  type RecordDoc,
  type Replicated,
} from '../write/document.ts'
import { fieldsOfDoc } from '../write/edit.ts'

export interface Plan {
  /** Written first: what must not be lost with the leaf that held it. */
  kept: NewDoc[]
  /** The revision that follows the winner. */
  successor: NewDoc | undefined
  /** Leaves that end, by their revisions. */
  ends: string[]
}

const keptEdits = 50
const keptBases = 10

const isRecordType = (type: string): type is RecordType => (recordTypes as readonly string[]).includes(type)

/** A deletion that somebody meant, not the end of a branch that was merged. */
const isDeletion = ({ doc }: Leaf): boolean => doc._deleted === true && doc['merged'] !== true

/** @param leaves all of one document, the winner first */
export const planOf = (leaves: readonly Leaf[]): Plan => {
  const living = leaves.filter(({ doc }) => !doc._deleted).map(({ doc }) => doc as RecordDoc)
  const [winner, ...others] = living
  if (!winner) return { kept: [], successor: undefined, ends: [] }
  const type = typeOf(winner._id)
  const ends = others.map(({ _rev }) => _rev)
  if (!isRecordType(type)) return { kept: others.map(pastOfLeaf), successor: undefined, ends }
  if (deleteAgainstChange(type) === 'delete' && leaves.some(isDeletion))
    return { kept: living.map(pastOfLeaf), successor: undefined, ends: [winner._rev, ...ends] }
  if (others.length === 0)
    return { kept: [], successor: isAsItCame(winner) ? followed(winner) : undefined, ends }
  if (living.some((doc) => isAppendOnly(type, doc))) return separate(type, living)
  const successor = erasedAlike(merged(type, winner, others), living)
  return { kept: [], successor: sameRecord(successor, winner) ? undefined : successor, ends }
}

/** A state of a record that ends, as history keeps it. Written twice, it is the same. */
const pastOfLeaf = ({ _id, _rev, ...record }: StoredDoc): NewDoc => ({
  ...{ _id: `past:${bareId(_id)}:${_rev}`, type: 'past', recordType: typeOf(_id), recordId: bareId(_id) },
  ...{
    groupId: record['groupId'],
    siteIds: record['siteIds'] ?? [],
    revision: _rev,
    record,
    schemaVersion: 1,
  },
})

const isAppendOnly = (type: RecordType, doc: RecordDoc): boolean =>
  type === 'payment' || (type === 'treatment' && (doc['invoiceId'] ?? null) !== null)

/** The record after a revision that came: the same, shown as it is. */
const followed = ({ replicated, ...doc }: RecordDoc): NewDoc => ({ ...doc, ...basesOf([replicated]) })

const basesOf = (all: readonly (Replicated | undefined)[]): { replicated?: Replicated } => {
  const bases = new Map(all.flatMap((one) => one?.bases ?? []).map((base) => [base.rev, base]))
  const ordered = [...bases.values()].sort(
    (a, b) => generationOf(a.rev) - generationOf(b.rev) || (a.rev < b.rev ? -1 : 1),
  )
  return ordered.length === 0 ? {} : { replicated: { bases: ordered.slice(-keptBases) } }
}

const stateOf = (doc: RecordDoc): RecordState => ({ fields: fieldsOfDoc(doc), clocks: doc.clocks ?? {} })

/** What was erased in one branch is not brought back by another. */
const erasedAlike = (successor: NewDoc & { _rev: string }, living: readonly RecordDoc[]): NewDoc => {
  const at = living.flatMap((doc) => erasedAt(doc) ?? []).sort()[0]
  if (at === undefined) return successor
  const { _attachments, ...doc } = successor
  return erased(doc, at)
}

const madeAnew = new Set(['_id', '_rev', 'clocks', 'applied', 'replicated'])

/** All living leaves as one record, the successor of the winner. */
const merged = (
  type: RecordType,
  winner: RecordDoc,
  others: readonly RecordDoc[],
): NewDoc & { _rev: string } => {
  const generation = generationOf(winner._rev) + 1
  const all = others.reduce((state, doc) => mergeStates(type, state, stateOf(doc)), stateOf(winner))
  const { fields, clocks } = enterBranch(type, stateOf(winner), all, generation)
  const doc: Record<string, unknown> = {}
  const rest = [winner, ...others].flatMap((one) => Object.keys(one)).filter((key) => !madeAnew.has(key))
  for (const key of [...new Set([...Object.keys(fields), ...rest])].sort()) {
    const values = [winner, ...others].map((one) => own(one as Record<string, unknown>, key))
    const value = Object.hasOwn(fields, key) ? fields[key] : values.reduce(joinValues)
    if (value !== undefined && value !== null) put(doc, key, value)
    else if (Object.hasOwn(winner, key)) put(doc, key, null)
  }
  if (type === 'appointment') doc['siteIds'] = [Number(doc['siteId'])]
  const applied = appliedOf([winner, ...others], generation)
  return {
    ...{ _id: winner._id, _rev: winner._rev },
    ...doc,
    ...(Object.keys(clocks).length > 0 ? { clocks } : {}),
    ...(applied.length > 0 ? { applied } : {}),
    ...basesOf([winner, ...others].map(({ replicated }) => replicated)),
  }
}

/** The edits of all leaves; those that the winner did not have came with its successor. */
const appliedOf = ([winner, ...others]: readonly RecordDoc[], generation: number): AppliedEdit[] => {
  const edits = new Map((winner?.applied ?? []).map((edit) => [edit.id, edit]))
  const more = others.flatMap(({ applied }) => applied ?? []).sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const edit of more) if (!edits.has(edit.id)) edits.set(edit.id, { ...edit, generation })
  return [...edits.values()].slice(-keptEdits)
}

const sameRecord = (successor: NewDoc, winner: RecordDoc): boolean =>
  !isAsItCame(winner) && canonical(withoutNulls(successor)) === canonical(withoutNulls(winner))

const withoutNulls = (doc: object): object =>
  Object.fromEntries(Object.entries(doc).filter(([, value]) => value !== null && value !== undefined))

/**
 * Payments and invoiced treatments are never merged (I5): what stands against the record that stays becomes a record
 * of its own, for a person to look at. Nothing of it is lost, and nothing counts twice unseen.
 */
const separate = (type: RecordType, living: readonly RecordDoc[]): Plan => {
  const stays = living.find((doc) => isAppendOnly(type, doc)) ?? living[0]
  if (!stays) return { kept: [], successor: undefined, ends: [] }
  const others = living.filter((doc) => doc !== stays)
  const differing = others.filter((doc) => !sayTheSame(type, doc, stays))
  return {
    kept: differing.map((doc) => forReview(type, doc)),
    successor: isAsItCame(stays) ? followed(stays) : undefined,
    ends: others.map(({ _rev }) => _rev),
  }
}

const sayTheSame = (type: RecordType, a: RecordDoc, b: RecordDoc): boolean =>
  Object.entries(fieldsOf(type)).every(([field, policy]) => policy === 'served' || same(a[field], b[field]))

const forReview = (type: RecordType, doc: RecordDoc): NewDoc => {
  const {
    _id,
    _rev,
    clocks: _clocks,
    applied: _applied,
    replicated: _replicated,
    sent: _sent,
    ...record
  } = doc
  const id = hashUuid(`review\n${_id}\n${_rev}`)
  const review = { of: bareId(_id), revision: _rev }
  return { ...record, _id: docId(type, id), ...(type === 'treatment' ? { invoiceId: null } : {}), review }
}
