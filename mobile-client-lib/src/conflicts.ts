/** `client.conflicts`: settling what a merge could not settle alone. */
import { same } from '../../sync/merge/canonical.ts'
import { reapply } from '../../sync/merge/reapply.ts'
import { NotOnDeviceError, ChangeRefusedError } from './errors.ts'
import type { Changes, PendingChange } from './edits/pending-edit.ts'
import { collections, type CollectionName } from './local/names.ts'
import { newId, type ConflictDoc, type LocalRecord } from './local/records.ts'
import { recordType } from './local/schemas.ts'
import type { UserDatabase } from './local/user-database.ts'

/** One of the conflict's `values`, by its place, or a value of the user's own. */
export type ConflictChoice = { index: number } | { value: unknown }

const collectionOf = (type: string): CollectionName | undefined =>
  (Object.keys(collections) as CollectionName[]).find((name) => collections[name] === type)

const part = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null ? ((value as Record<string, unknown>)[field] ?? null) : null

/** `client.conflicts`; the conflicts themselves are in `client.collections.conflicts`. */
export class Conflicts {
  readonly #database: () => UserDatabase
  readonly #now: () => number

  constructor(database: () => UserDatabase, now: () => number) {
    this.#database = database
    this.#now = now
  }

  /**
   * Settles a conflict, also offline: an edit of the record that has seen all the values.
   * @throws NotOnDeviceError
   * @throws ChangeRefusedError `NO_SUCH_VALUE`
   */
  async resolve(id: string, choice: ConflictChoice): Promise<void> {
    const found = await this.#database().typed.conflicts.findOne(id).exec()
    if (!found) throw new NotOnDeviceError(`The conflict ${id}`)
    const conflict = found.toMutableJSON()
    const value = this.#chosen(conflict, choice)
    const at = new Date(this.#now()).toISOString()
    await this.#edit(conflict, value, at)
    await found.incrementalPatch({ resolution: { value, at } })
  }

  #chosen(conflict: ConflictDoc, choice: ConflictChoice): unknown {
    if ('value' in choice) return choice.value
    const version = conflict.values[choice.index]
    if (!version) throw new ChangeRefusedError('NO_SUCH_VALUE', `The conflict has no value ${choice.index}`)
    return version.value
  }

  async #edit(conflict: ConflictDoc, value: unknown, editedAt: string): Promise<void> {
    const name = collectionOf(conflict.recordType)
    const type = name && recordType(name)
    const record = name && (await this.#database().collections[name].findOne(conflict.recordId).exec())
    if (!record || !type) throw new NotOnDeviceError(`The record of this conflict (${conflict.recordId})`)
    await record.incrementalModify((data) => {
      const baseRevision = conflict.recordRevision ?? data.revision ?? null
      const changes = changesOf(conflict, value)
      const edit: PendingChange = { clientItemId: newId(), editedAt, baseRevision, changes }
      const laid = reapply(type, data, [edit])
      return { ...laid, pendingEdits: [...(data.pendingEdits ?? []), edit] } as LocalRecord
    })
  }
}

/**
 * The user saw all of the values, which the base revision says. A change to what was there before is none, so who
 * chooses the shown value changes one of the others to it.
 */
const changesOf = ({ field, fields, shown, values }: ConflictDoc, value: unknown): Changes => {
  const other = values.find((version) => !same(version.value, value))
  const from = same(value, shown) ? (other?.value ?? null) : shown
  const isUnit = fields.length > 1 || fields[0] !== field
  if (!isUnit) return { [field]: { from, to: value } }
  return Object.fromEntries(fields.map((name) => [name, { from: part(from, name), to: part(value, name) }]))
}
