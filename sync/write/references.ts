/** Records that an item refers to: loaded together for a batch, checked one by one. */
import type { Actor } from '../actor.ts'
import { visible } from '../feed/present.ts'
import type { Database, StoredDoc } from '../store/port.ts'
import { bareId, docId, type RecordDoc } from './document.ts'
import { refuse, type Refusal, type WritableType } from './items.ts'

interface Reference {
  /** Where it stands in the item's data. */
  field: string
  type: string
  id: string
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
    if (typeof value === 'string') found.push({ field, type: target, id: value })
    else if (Array.isArray(value))
      for (const entry of value) {
        const id: unknown =
          target === 'invoice' ? (entry as { invoiceId?: unknown } | null)?.invoiceId : entry
        if (typeof id === 'string') found.push({ field, type: target, id })
      }
  }
  return found
}

/** The documents that a batch refers to; what the batch itself makes can be added. */
export class References {
  /** By type and id: to put a stored id together for each look costs more than the look. */
  readonly #docs = new Map<string, Map<string, StoredDoc | undefined>>()
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  #of(type: string): Map<string, StoredDoc | undefined> {
    const known = this.#docs.get(type)
    if (known) return known
    const made = new Map<string, StoredDoc | undefined>()
    this.#docs.set(type, made)
    return made
  }

  /** Loads what these values refer to and is not loaded yet. */
  async load(type: WritableType, values: readonly Record<string, unknown>[]): Promise<void> {
    const wanted: Reference[] = []
    for (const item of values)
      for (const reference of referencesOf(type, item)) {
        const known = this.#of(reference.type)
        if (known.has(reference.id)) continue
        known.set(reference.id, undefined)
        wanted.push(reference)
      }
    const docs = await this.#db.getMany(wanted.map(({ type, id }) => storedId(type, id)))
    for (const [i, { type, id }] of wanted.entries()) this.#of(type).set(id, docs[i])
  }

  get(type: string, id: unknown): StoredDoc | undefined {
    return typeof id === 'string' ? this.#docs.get(type)?.get(id) : undefined
  }

  /** Adds a record. */
  set(doc: RecordDoc): void {
    this.#of(doc.type).set(bareId(doc._id), doc)
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
      const doc = this.get(reference.type, reference.id)
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
