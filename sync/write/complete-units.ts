/** Units of fields that an edit says only in part, completed by what the editor had seen of the rest. */
import type { EditItem } from '../contract/upload.ts'
import { layoutOf } from '../merge/layout.ts'
import type { Database } from '../store/port.ts'
import { generationOf, type RecordDoc } from './document.ts'
import type { WritableType } from './items.ts'
import { valuesAt } from './values-at.ts'

/**
 * An appointment's end alone says nothing of its start: on an old base the rest of the unit is what stood there
 * then, not what somebody else has made of it since. On the current base, or an unknown one, merge takes the rest
 * from what is shown.
 */
export const completeUnits = async (
  db: Database,
  { type, doc, sawGeneration }: { type: WritableType; doc: RecordDoc; sawGeneration: number },
  changes: EditItem['changes'],
): Promise<EditItem['changes']> => {
  if (sawGeneration === 0 || sawGeneration >= generationOf(doc._rev)) return changes
  const missing: string[] = []
  for (const { unit, fields } of layoutOf(type).slots.values()) {
    const said = fields.filter((field) => Object.hasOwn(changes, field))
    if (unit && said.length > 0) missing.push(...fields.filter((field) => !said.includes(field)))
  }
  if (missing.length === 0) return changes
  const values = await valuesAt(db, doc, missing, sawGeneration)
  const rest = missing.map((field) => [field, { from: values[field], to: values[field] }])
  return { ...changes, ...(Object.fromEntries(rest) as EditItem['changes']) }
}
