/** The items of one batch for one record, laid on it one after the other and written once. */
import { closedCreation, closedEdit } from '../billing/period.ts'
import type { UploadResult } from '../contract/upload.ts'
import { erasedAt, isClosed } from '../erasure/erased.ts'
import { conflictsOfDoc } from '../feed/entries.ts'
import { deviceRecord, visible } from '../feed/present.ts'
import { same } from '../merge/canonical.ts'
import { entryStamp, stampTime } from '../merge/clock.ts'
import type { StoredDoc } from '../store/port.ts'
import { markOf } from './mark.ts'
import { clashesOf } from './clash.ts'
import type { WorkContext } from './context.ts'
import { buildRecord, leftToServer } from './create.ts'
import { brokenRule, siteRefusalOf } from './edit-rules.ts'
import type { RecordDoc } from './document.ts'
import { editRecord, type EditRequest, type HistoryDoc } from './edit.ts'
import { clashing } from './mend-clashes.ts'
import { asItsOwner, prospectRefusal } from './prospects.ts'
import { resultOf, type Verdict } from './result.ts'
import { generationSeen, markOfHeld } from './sight.ts'
import { valuesAt } from './values-at.ts'
import { completeUnits } from './complete-units.ts'
import { refuse, Refusal, type Creation, type Editing, type Item } from './items.ts'

const idInUse = refuse(
  'CLIENT_ITEM_ID_IN_USE',
  'clientItemId',
  'This clientItemId belongs to something else; each new item needs a new UUID',
)

const erasedNow = (path: string): Refusal =>
  refuse(
    'CLIENT_ERASED',
    path,
    'This client’s personal data was erased; what was entered since on this device cannot be kept',
  )

const stale = refuse('STALE_REVISION', 'id', 'This record has changed since')

export class RecordWork {
  readonly recordId: string
  readonly histories: HistoryDoc[] = []
  readonly #context: WorkContext
  readonly #beside: RecordDoc[]
  readonly #verdicts: { item: Item; verdict: Verdict }[] = []
  #doc: RecordDoc | undefined
  /** The revision read from the store; undefined for a new record. */
  readonly #readRev: string | undefined
  #changed = false
  #shown: ReturnType<typeof deviceRecord> | undefined

  readonly #known: boolean
  /** What an appointment clashed with when it was read. */
  readonly clashedWith: string[]

  /**
   * @param record.known whether the store was asked; otherwise it is taken for new
   * @param record.beside appointments of the batch, for their clashes among each other
   */
  constructor(
    context: WorkContext,
    record: { recordId: string; known: boolean; doc: RecordDoc | undefined; beside: RecordDoc[] },
  ) {
    this.#context = context
    this.recordId = record.recordId
    this.#known = record.known
    this.#doc = record.doc
    this.#readRev = record.doc?._rev
    this.#beside = record.beside
    this.clashedWith = clashing(record.doc)
  }

  /** Taken for new, and then refused: the record may be there, and the item a repetition. */
  get unsure(): boolean {
    return !this.#known && !this.#changed && this.#verdicts.some(({ verdict }) => verdict instanceof Refusal)
  }

  /** Whether this upload made the record. */
  get made(): boolean {
    return this.#changed && this.#readRev === undefined
  }
  get changed(): boolean {
    return this.#changed
  }
  /** Whether an item of it had been done before. */
  get repeated(): boolean {
    return this.#verdicts.some(
      ({ verdict }) => !(verdict instanceof Refusal) && verdict.outcome === 'DUPLICATE',
    )
  }
  get doc(): RecordDoc {
    if (!this.#doc) throw new Error('A record without a document is not written')
    return this.#doc
  }

  /** Lays one item on the record. */
  async take(item: Item): Promise<void> {
    const verdict = item.kind === 'create' ? await this.#create(item) : await this.#edit(item)
    this.#verdicts.push({ item, verdict })
  }

  async #create(item: Creation): Promise<Verdict> {
    if (this.#doc) return await this.#createAgain(item, this.#doc)
    const verdict = await this.#build(item)
    if (this.#context.request.type === 'appointment') await this.#markClash()
    return verdict
  }

  async #build(item: Creation): Promise<Verdict> {
    const { target, request, references, now } = this.#context
    const refusal =
      references.check(request.type, item.data, request.actor, 'data') ??
      this.#ofErased(item.data) ??
      closedCreation(this.#context.books, request.type, item.data)
    if (refusal) return refusal
    const madeAt = (): number => this.#madeAt(item)
    const { groupId } = target
    const { actor } = request
    const built = buildRecord(request.type, item, { groupId, actor, now, madeAt, references })
    if (built instanceof Refusal) return built
    const tooSoon = await prospectRefusal(request.type, built, { db: target.db, references })
    if (tooSoon) return tooSoon
    this.#doc = Object.assign(built as RecordDoc, request.served?.[item.clientItemId])
    this.#changed = true
    // Later items of the batch may refer to it; what reads references does not look at the revision.
    references.set(this.#doc)
    return { outcome: 'CREATED', fields: [] }
  }

  /** Appointments are made for nobody who was erased; what is clinical or money may still come late. */
  #ofErased({ clientId }: Readonly<Record<string, unknown>>): Refusal | undefined {
    const { request, references } = this.#context
    const isErased =
      request.type === 'appointment' && erasedAt(references.get('client', clientId)) !== undefined
    return isErased ? erasedNow('data.clientId') : undefined
  }

  /** When the item was made, by our clock; ms since the epoch. */
  #madeAt(item: Item): number {
    const { sentAt, receivedAt } = this.#context.request
    const { editedAt, clientItemId } = item
    const stamp = entryStamp({ editedAt, sentAt, receivedAt, seen: null, editId: clientItemId })
    return stampTime(stamp) ?? receivedAt
  }

  /** The answer was lost, and the user may have gone on editing: an edit based on the first (I3). */
  async #createAgain(item: Creation, doc: RecordDoc): Promise<Verdict> {
    const { request, target } = this.#context
    if (!visible(doc, request.actor))
      return refuse('SITE_NOT_ALLOWED', 'clientItemId', 'This record belongs to a site that is not yours')
    const mark = markOf(item.data)
    if (doc.sent === undefined || mark === doc.sent) return { outcome: 'DUPLICATE', fields: [] }
    if (request.type === 'payment')
      return refuse(
        'APPEND_ONLY',
        'data',
        'This payment is recorded with other content; record a reversal (reversalOf)',
      )
    if (request.type === 'document')
      return refuse(
        'CLIENT_ITEM_ID_IN_USE',
        'clientItemId',
        'This clientItemId is a document with other details',
      )
    const first = await valuesAt(target.db, doc, Object.keys(item.data), 1)
    const changes = Object.fromEntries(
      Object.entries(item.data)
        .filter(([field, to]) => !same(to, first[field]) && !leftToServer(field, to))
        .map(([field, to]) => [field, { from: first[field], to }]),
    )
    if (Object.keys(changes).length === 0) return { outcome: 'DUPLICATE', fields: [] }
    const clientItemId = `${item.clientItemId}.${mark}`
    return await this.#lay(doc, { clientItemId, editedAt: item.editedAt, changes }, 1)
  }

  async #edit(item: Editing): Promise<Verdict> {
    const { request, references } = this.#context
    if (item.clientItemId === this.recordId) return idInUse
    if (!this.#doc) return refuse('UNKNOWN_REFERENCE', 'id', `This ${request.type} is not known yet`, true)
    if (!visible(this.#doc, request.actor))
      return refuse('SITE_NOT_ALLOWED', 'id', `This ${request.type} belongs to a site that is not yours`)
    const values = Object.fromEntries(Object.entries(item.changes).map(([field, { to }]) => [field, to]))
    const refusal =
      references.check(request.type, values, request.actor, 'changes') ??
      siteRefusalOf(item.changes, request.actor)
    if (refusal) return refusal
    const { db } = this.#context.target
    const base = { baseRevision: item.baseRevision, current: this.#readRev }
    return await this.#lay(this.#doc, item, await generationSeen(db, this.#doc._id, base))
  }

  async #lay(doc: RecordDoc, request: Omit<EditRequest, 'sent'>, sawGeneration: number): Promise<Verdict> {
    const { db } = this.#context.target
    const fields = Object.keys(request.changes)
    const held = await markOfHeld(db, doc, request.clientItemId)
    if (held !== undefined && held !== markOf(request.changes)) return idInUse
    if (held !== undefined) return { outcome: 'DUPLICATE', fields }
    const closedField = fields.find((field) => isClosed(this.#context.request.type, doc, field))
    if (closedField !== undefined) return erasedNow(`changes.${closedField}`)
    if (this.#context.request.guard?.(doc) === false) return stale
    const { type, actor, deviceId, sentAt, receivedAt } = this.#context.request
    const closed = closedEdit(this.#context.books, type, doc, request.changes)
    if (closed) return closed
    const changes = await completeUnits(db, { type, doc, sawGeneration }, request.changes)
    const whole = { ...request, sent: request.changes, changes }
    const edited = editRecord(type, doc, whole, { actor, deviceId, sentAt, receivedAt, sawGeneration })
    if (edited instanceof Refusal) return edited
    const known = { db, references: this.#context.references }
    const broken =
      brokenRule(type, edited.doc) ?? (await prospectRefusal(type, edited.doc, known, whole.changes))
    if (broken) return broken
    // What a payment says again is no change; anything else was refused.
    if (type === 'payment') return { outcome: 'DUPLICATE', fields }
    const settled = await asItsOwner(type, edited.doc, known, whole.changes)
    this.#doc = { ...settled, ...this.#context.request.served?.[request.clientItemId] }
    this.#changed = true
    if (edited.history) this.histories.push(edited.history)
    if (type === 'appointment') await this.#markClash()
    const merged = edited.concurrent || edited.amongOthers
    return { outcome: merged ? 'MERGED' : 'UPDATED', fields, contested: edited.concurrent }
  }

  async #markClash(): Promise<void> {
    const doc = this.#doc
    if (!doc) return
    const ids = await clashesOf(this.#context.target, doc, this.#beside)
    doc['clash'] = ids.length > 0 ? { with: ids } : null
    this.#beside.push(doc)
  }

  /** Takes back a new record that cannot stand beside another one. */
  withdraw(refusal: Refusal): void {
    this.#doc = undefined
    this.#changed = false
    for (const taken of this.#verdicts) taken.verdict = refusal
  }

  /** Takes the revision that the write gave. */
  committed(revision: string): void {
    if (this.#doc) this.#doc._rev = revision
    if (this.#shown) this.#shown.revision = revision
  }

  /** Makes what `record` gives but for its revision: there is time for it while the write is under way. */
  prepareRecord(): void {
    const doc: StoredDoc | undefined = this.#doc
    this.#shown = doc && visible(doc, this.#context.request.actor) ? deviceRecord(doc) : undefined
  }

  /** The record as a device gets it; undefined where there is none. */
  record(): ReturnType<typeof deviceRecord> | undefined {
    if (this.#doc?._rev === undefined) return undefined
    if (!this.#shown) this.prepareRecord()
    return this.#shown
  }

  /** A result or a refusal for each item taken; after the write. */
  results(): { item: Item; result: UploadResult | Refusal }[] {
    const standing = {
      recordId: this.recordId,
      record: this.record(),
      conflicts: this.#doc ? conflictsOfDoc(this.#doc) : [],
    }
    return this.#verdicts.map(({ item, verdict }) => ({ item, result: resultOf(item, verdict, standing) }))
  }
}
