/** GET /v2/mobile/animals/{animalId}/history */
import { visible } from '../../../sync/feed/present.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { apiRecord, typeOf } from '../../../sync/write/document.ts'
import type { HistoryDoc } from '../../../sync/write/edit.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { instantAndDoc, placeIn } from '../list-place.ts'
import { readable } from './readable.ts'

type HistoryItem = ResponseOf<Api['getAnimalHistory']>['items'][number]

export const getAnimalHistory: Handler<Api['getAnimalHistory']> = async (input, app) => {
  const { user } = input.caller
  const { animalId } = input.params
  const { cursor, limit } = input.query
  const before = placeIn(cursor, instantAndDoc)
  const group = await app.groups.get(user.groupId)
  if (!(await readable(group, 'animal', animalId, user))) return input.fail('NOT_FOUND')
  const page = { reverse: true, limit: limit + 1, ...(before === '' ? {} : { to: before }) }
  const both = await Promise.all(
    ['animal.history', 'record.history'].map((name) => group.index.lookup([name, animalId], page)),
  )
  const newestFirst = both.flat().sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1))
  const shown = newestFirst.slice(0, limit)
  const docs = await group.db.getMany(shown.map((parts) => parts[1] ?? ''))
  const items = docs.flatMap((doc, i) => (doc && visible(doc, user) ? itemOf(doc, shown[i]?.[0] ?? '') : []))
  const last = newestFirst.length > limit ? shown[shown.length - 1] : undefined
  return { status: 200, body: { items, nextCursor: last ? placeOf(last) : null } }
}

/** Time, then id: where an entry stands in the history. */
const placeOf = (parts: readonly string[]): string => parts.join('\u0000')

const itemOf = (doc: StoredDoc, at: string): HistoryItem[] => {
  const type = typeOf(doc._id)
  if (type === 'history') {
    const { clientItemId, recordType, recordId, by, changes } = doc as unknown as HistoryDoc
    return [{ type: 'edit', at, edit: { clientItemId, recordType, recordId, at, by, changes } }]
  }
  if (type !== 'appointment' && type !== 'treatment' && type !== 'document') return []
  return [{ type, at, [type]: apiRecord(doc) } as unknown as HistoryItem]
}
