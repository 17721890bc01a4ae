/** Records that an item refers to: loaded together for a batch, checked one by one. */
import type { Actor } from '../actor.ts'
import { visible } from '../feed/present.ts'
import type { Database, StoredDoc } from '../store/port.ts'
import { docId, type RecordDoc } from './document.ts'
import { refuse, type Refusal, type WritableType } from './items.ts'

interface Reference {
  /** Where it stands in the item's data. */
  field: string
  type: string
  id: string
  /** The stored id of what it refers to. */
  stored: string
}

/** Where each type's data refers to other records: field, and the type it refers to. */
const fields: Record<WritableType, readonly (readonly [field: string, target: string])[]> = {
  appointment: [
    ['practitionerId', 'practitioner'],
    ['clientId', 'client'],
    ['animalIds', 'animal'],
    ['reasonId', 'reason'],
  ],
  treatment: [
    ['animalId', 'animal'],
    ['appointmentId', 'appointment'],
    ['practitionerId', 'practitioner'],
    ['code', 'treatmentCode'],
  ],
  payment: [
    ['clientId', 'client'],
    ['appointmentId', 'appointment'],
    ['reversalOf', 'payment'],
    ['allocations', 'invoice'],
  ],
  client: [],
  animal: [['clientId', 'client']],
  document: [
    ['animalId', 'animal'],
    ['clientId', 'client'],
    ['appointmentId', 'appointment'],
  ],
}

/** Practitioners and reasons are among the reference documents. */
const referenceKinds = new Set(['practitioner', 'reason', 'site'])
const storedId = (type: string, id: string): string =>
  referenceKinds.has(type) ? `reference:${type}:${id}` : docId(type, id)

/** The references of an item's values, null ones left out. */
const referencesOf = (type: WritableType, values: Record<string, unknown>): Reference[] => {
  const found: Reference[] = []
  for (const [field, target] of fields[type]) {
    const value = values[field]
    if (typeof value === 'string')
      found.push({ field, type: target, id: value, stored: storedId(target, value) })
    else if (Array.isArray(value))
      for (const entry of value) {
        const id: unknown =
          target === 'invoice' ? (entry as { invoiceId?: unknown } | null)?.invoiceId : entry
        if (typeof id === 'string') found.push({ field, type: target, id, stored: storedId(target, id) })
      }
  }
  return found
}

/** The documents that a batch refers to, by their stored ids; what the batch itself makes can be added. */
export class References {
  readonly #docs = new Map<string, StoredDoc | undefined>()
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Loads what these values refer to and is not loaded yet. */
  async load(type: WritableType, values: readonly Record<string, unknown>[]): Promise<void> {
    const ids = new Set<string>()
    for (const item of values)
      for (const { stored } of referencesOf(type, item)) if (!this.#docs.has(stored)) ids.add(stored)
    const wanted = [...ids]
    const docs = await this.#db.getMany(wanted)
    for (const [i, id] of wanted.entries()) this.#docs.set(id, docs[i])
  }

  get(type: string, id: unknown): StoredDoc | undefined {
    return typeof id === 'string' ? this.#docs.get(storedId(type, id)) : undefined
  }

  /** A loaded record by its stored id. */
  getStored(id: string): RecordDoc | undefined {
    return this.#docs.get(id) as RecordDoc | undefined
  }

  set(doc: StoredDoc): void {
    this.#docs.set(doc._id, doc)
  }

  /**
   * Why these values cannot stand, or undefined.
   * @param prefix where the values stand in the item, e.g. `data`
   */
  check(
    type: WritableType,
    values: Record<string, unknown>,
    actor: Actor,
    prefix: 'data' | 'changes',
  ): Refusal | undefined {
    for (const reference of referencesOf(type, values)) {
      const doc = this.#docs.get(reference.stored)
      if (doc && visible(doc, actor)) continue
      // A document may come before its animal (awaited-animals.ts).
      if (!doc && type === 'document' && reference.type === 'animal') continue
      const path = `${prefix}.${reference.field}`
      if (!doc)
        return reference.type === 'treatmentCode'
          ? refuse('UNKNOWN_TREATMENT_CODE', path, `There is no treatment code "${reference.id}"`)
          : refuse('UNKNOWN_REFERENCE', path, `This ${reference.type} is not known yet`, true)
      return refuse('SITE_NOT_ALLOWED', path, `This ${reference.type} belongs to a site that is not yours`)
    }
    return undefined
  }
}
