/** The items of one batch for one record, laid on it one after the other and written once. */
import type { UploadResult } from '../contract/upload.ts'
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
import { firstValues } from './first-values.ts'
import { generationSeen, holdsEdit } from './sight.ts'
import { refuse, Refusal, type Creation, type Editing, type Item } from './items.ts'

type Verdict = Refusal | { outcome: 'CREATED' | 'UPDATED' | 'MERGED' | 'DUPLICATE'; fields: string[] }

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

  readonly #known: boolean

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
  }

  /** Taken for new, and then refused: the record may be there, and the item a repetition. */
  get unsure(): boolean {
    return !this.#known && !this.#changed && this.#verdicts.some(({ verdict }) => verdict instanceof Refusal)
  }

  get changed(): boolean {
    return this.#changed
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
    const { type } = this.#context.request
    const refusal = type === 'payment' ? await this.#reversed(item) : undefined
    const verdict = refusal ?? this.#build(item)
    if (type === 'appointment') await this.#markClash()
    return verdict
  }

  #build(item: Creation): Verdict {
    const { target, request, references } = this.#context
    const refusal = references.check(request.type, item.data, request.actor, 'data')
    if (refusal) return refusal
    const madeAt = (): number => this.#madeAt(item)
    const { actor, receivedAt } = request
    const built = buildRecord(request.type, item, {
      groupId: target.groupId,
      actor,
      receivedAt,
      madeAt,
      references,
    })
    if (built instanceof Refusal) return built
    this.#doc = built as RecordDoc
    this.#changed = true
    // Later items of the batch may refer to it; what reads references does not look at the revision.
    references.set(this.#doc)
    return { outcome: 'CREATED', fields: [] }
  }

  /** When the item was made, by our clock; ms since the epoch. */
  #madeAt(item: Item): number {
    const { sentAt, receivedAt } = this.#context.request
    const { editedAt, clientItemId } = item
    const stamp = entryStamp({ editedAt, sentAt, receivedAt, seen: null, editId: clientItemId })
    return stampTime(stamp) ?? receivedAt
  }

  async #reversed(item: Creation): Promise<Refusal | undefined> {
    const original = item.data['reversalOf']
    if (typeof original !== 'string') return undefined
    const others = await this.#context.target.index.lookup(['payment.reversal', original])
    return others.some((parts) => parts[0] !== this.recordId)
      ? refuse('ALREADY_REVERSED', 'data.reversalOf', 'This payment is reversed already')
      : undefined
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
      return refuse('CLIENT_ITEM_ID_IN_USE', 'clientItemId', 'This clientItemId belongs to another file')
    const first = await firstValues(target.db, doc, Object.keys(item.data))
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

  async #lay(doc: RecordDoc, request: EditRequest, sawGeneration: number): Promise<Verdict> {
    if (await holdsEdit(this.#context.target.db, doc, request.clientItemId))
      return { outcome: 'DUPLICATE', fields: Object.keys(request.changes) }
    const { type, actor, deviceId, sentAt, receivedAt } = this.#context.request
    const edited = editRecord(type, doc, request, { actor, deviceId, sentAt, receivedAt, sawGeneration })
    if (edited instanceof Refusal) return edited
    const broken = brokenRule(type, edited.doc)
    if (broken) return broken
    this.#doc = edited.doc
    this.#changed = true
    if (edited.history) this.histories.push(edited.history)
    if (type === 'appointment') await this.#markClash()
    return { outcome: edited.concurrent ? 'MERGED' : 'UPDATED', fields: Object.keys(request.changes) }
  }

  async #markClash(): Promise<void> {
    const doc = this.#doc
    if (!doc) return
    const ids = await clashesOf(this.#context.target, doc, this.#beside)
    doc['clash'] = ids.length > 0 ? { with: ids } : null
    this.#beside.push(doc)
  }

  /** Takes the revision that the write gave. */
  committed(revision: string): void {
    if (this.#doc) this.#doc._rev = revision
  }

  /** The record as a device gets it; undefined where there is none. */
  record(): ReturnType<typeof deviceRecord> | undefined {
    const doc: StoredDoc | undefined = this.#doc
    return doc?._rev !== undefined && visible(doc, this.#context.request.actor)
      ? deviceRecord(doc)
      : undefined
  }

  /** A result or a refusal for each item taken; after the write. */
  results(): { item: Item; result: UploadResult | Refusal }[] {
    const record = this.record()
    const conflicts = this.#doc ? conflictsOfDoc(this.#doc) : []
    return this.#verdicts.map(({ item, verdict }) => {
      if (verdict instanceof Refusal) return { item, result: verdict }
      const mine = conflicts.filter((c) => verdict.fields.some((f) => c.fields.includes(f)))
      const result: UploadResult = {
        clientItemId: item.clientItemId,
        id: this.recordId,
        revision: record?.revision ?? null,
        outcome: mine.length > 0 && verdict.outcome === 'MERGED' ? 'CONFLICT' : verdict.outcome,
        ...(record ? { record } : {}),
        ...(mine.length > 0 ? { conflicts: mine } : {}),
      }
      return { item, result }
    })
  }
}
