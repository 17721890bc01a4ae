/** Writes that name the revision they replace (`new_edits: true`): uploads of the API in other clothes. */
import { visible } from '../../feed/present.ts'
import { upload } from '../../write/upload.ts'
import { fieldsOfDoc } from '../../write/edit.ts'
import { generationOf, type RecordDoc } from '../../write/document.ts'
import { Refusal } from '../../write/items.ts'
import type { Row } from '../replica.ts'
import { saidBy, type Said } from './item.ts'
import { neverDeleted, notYours, type Arrival, type GroupWriting, type Refused } from './arrival.ts'

type Outcome = [Arrival, Row | Refused]

const conflict = (id: string): Row => ({ id, error: 'conflict', reason: 'Document update conflict.' })

/** @param arrivals of one type, no id twice */
export const takeEdits = async (
  { target, actor, now }: GroupWriting,
  arrivals: readonly Arrival[],
): Promise<Outcome[]> => {
  const at = now()
  const ids = arrivals.map(({ storedId }) => storedId)
  const docs = (await target.db.getMany(ids)) as (RecordDoc | undefined)[]
  const outcomes: Outcome[] = []
  const said: { arrival: Arrival; said: Said }[] = []
  for (const [i, arrival] of arrivals.entries()) {
    const outcome = sayOf(arrival, docs[i], { actor, at })
    if ('item' in outcome && 'whole' in outcome) said.push({ arrival, said: outcome })
    else outcomes.push([arrival, outcome])
  }
  const [first] = arrivals
  if (said.length === 0 || !first) return outcomes
  const results = await upload(target, {
    ...{ type: first.type, actor, deviceId: null, sentAt: at, receivedAt: at },
    items: said.map(({ said: { item } }) => item),
  })
  const written = await target.db.getMany(said.map(({ arrival }) => arrival.storedId))
  for (const [
    i,
    {
      arrival,
      said: { item },
    },
  ] of said.entries()) {
    const {
      outcome,
      revision,
      errors = [],
      retryable = false,
    } = results[i] ?? { outcome: 'REJECTED', revision: null }
    const id = arrival.incoming.doc._id
    const rev = revision ?? written[i]?._rev
    outcomes.push([
      arrival,
      outcome === 'REJECTED' || rev === undefined
        ? { refusal: new Refusal(errors, retryable), item }
        : { ok: true, id, rev },
    ])
  }
  return outcomes
}

const sayOf = (
  { incoming: { doc }, type, storedId }: Arrival,
  current: RecordDoc | undefined,
  { actor, at }: { actor: GroupWriting['actor']; at: number },
): Said | Row | Refused => {
  const { _id: id, _rev: rev, _deleted: gone, ...body } = doc
  if (current && !visible(current, actor)) return { refusal: notYours(type) }
  if (rev !== current?._rev) return conflict(id)
  if (gone) return current ? { refusal: neverDeleted(type) } : conflict(id)
  const base = current && { values: shownValues(current), revision: current._rev }
  const editName = `${rev ?? ''}\n${JSON.stringify(body)}`
  const said = saidBy({ type, storedId, body, base, editName, at })
  return said instanceof Refusal ? { refusal: said, item: { id, ...body } } : said
}

/** The values that a client sees at the current revision. */
const shownValues = (doc: RecordDoc): Record<string, unknown> => ({
  ...fieldsOfDoc(doc),
  ...doc.replicated?.bases.find(({ rev }) => rev === doc._rev && generationOf(rev) > 0)?.showed,
})
