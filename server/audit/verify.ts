/**
 * Whether the audit record is as it was written. Each block's content has its hash, each chain its numbers without
 * gaps, each named block stands, and each chain's end is sealed, or named by what is.
 */
import type { Database, StoredDoc } from '../../sync/store/port.ts'
import { hashOfBlock, placeOf, type BlockDoc, type BlockRef, type Sealer } from './block.ts'

export const faultCodes = {
  ALTERED: 'its content is not what was written',
  REWRITTEN: 'it was written more than once',
  FORGED_SEAL: 'its seal was not made by a server of this installation',
  MISSING: 'another block names it, and it is not there or is another',
  OUT_OF_ORDER: 'its writer’s block before it is not the one that it names',
  UNSEALED: 'it ends its writer’s chain, and neither it nor what names it has a seal that is known here',
  CUT_OFF: 'it was noted as written, and is not there or is another',
  FOREIGN: 'it is no block of the audit record',
} as const
export type FaultCode = keyof typeof faultCodes

export interface Fault {
  code: FaultCode
  block: string
  message: string
}

export interface Verification {
  intact: boolean
  blocks: number
  entries: number
  /** Blocks sealed by a key that is not known here any more, or by none; others vouch for them. */
  unknownSeals: number
  /** The newest block of each writer of the last weeks, to be noted elsewhere and asked for again. */
  heads: BlockRef[]
  /** The first hundred. */
  faults: Fault[]
}

const pageSize = 500
const maxFaults = 100
const maxHeads = 20

interface Writer {
  last: BlockRef & { seq: number }
  sealedUpTo: number
}

export interface VerifyOptions {
  db: Database
  sealer: Sealer
  /** Blocks that somebody has noted outside the store. */
  noted: readonly BlockRef[]
}

export const verify = async (options: VerifyOptions): Promise<Verification> => {
  const walk = new Walk(options)
  for (let from = '', more = true; more;) {
    const docs = await options.db.range({ from, to: '\uffff', limit: pageSize })
    await walk.take(docs.filter(({ _id }) => !_id.startsWith('_')))
    more = docs.length === pageSize
    from = `${docs.at(-1)?._id ?? ''}\u0000`
  }
  return await walk.end()
}

/** Whether a block is the next of its chain; what stands before the first that is there may have been pruned. */
const follows = ({ writer, seq, previous }: BlockDoc, last: Writer['last'] | undefined): boolean =>
  last
    ? previous?.id === last.id && previous.hash === last.hash && seq === last.seq + 1
    : previous === null
      ? seq === 1
      : placeOf(previous.id)?.writer === writer && placeOf(previous.id)?.seq === seq - 1

class Walk {
  readonly #options: VerifyOptions
  readonly #writers = new Map<string, Writer>()
  /** Numbers up to which chains that the walk has not come to yet are as good as sealed. */
  readonly #vouched = new Map<string, number>()
  readonly #faults: Fault[] = []
  /** Named blocks that are not there: fine where they are older than what was pruned. */
  readonly #absent: { id: string; code: FaultCode }[] = []
  #prunedUpTo = ''
  #blocks = 0
  #entries = 0
  #unknownSeals = 0

  constructor(options: VerifyOptions) {
    this.#options = options
  }

  async take(docs: readonly StoredDoc[]): Promise<void> {
    const blocks = docs.filter((doc): doc is BlockDoc => this.#isBlock(doc))
    for (const block of blocks) this.#one(block)
    await this.#look(
      blocks.flatMap(({ seen }) => seen),
      'MISSING',
    )
  }

  async end(): Promise<Verification> {
    await this.#look(this.#options.noted, 'CUT_OFF')
    for (const { id, code } of this.#absent) if (id > this.#prunedUpTo) this.#fault(code, id)
    for (const { last, sealedUpTo } of this.#writers.values())
      if (last.seq > sealedUpTo) this.#fault('UNSEALED', last.id)
    const heads = [...this.#writers.values()].map(({ last: { id, hash } }) => ({ id, hash }))
    heads.sort((a, b) => (a.id < b.id ? 1 : -1))
    return {
      ...{ intact: this.#faults.length === 0, blocks: this.#blocks, entries: this.#entries },
      ...{ unknownSeals: this.#unknownSeals, heads: heads.slice(0, maxHeads), faults: this.#faults },
    }
  }

  #isBlock(doc: StoredDoc): doc is BlockDoc {
    const place = placeOf(doc._id)
    const shaped =
      place?.writer === doc['writer'] &&
      place?.seq === doc['seq'] &&
      place?.at === doc['at'] &&
      Array.isArray(doc['entries']) &&
      Array.isArray(doc['seen'])
    if (!shaped) this.#fault('FOREIGN', doc._id)
    return shaped
  }

  #one(block: BlockDoc): void {
    const { _id: id, hash, writer: name, seq, previous, seen, entries } = block
    this.#blocks += 1
    this.#entries += entries.length
    if (hashOfBlock(block) !== hash) this.#fault('ALTERED', id)
    if (!block._rev.startsWith('1-')) this.#fault('REWRITTEN', id)
    const before = this.#writers.get(name)
    if (!follows(block, before?.last)) this.#fault('OUT_OF_ORDER', id)
    else if (!before && previous) this.#absent.push({ id: previous.id, code: 'MISSING' })
    const writer = { last: { id, hash, seq }, sealedUpTo: before?.sealedUpTo ?? this.#vouched.get(name) ?? 0 }
    this.#writers.set(name, writer)
    const seal = this.#options.sealer.check(hash, block.seal)
    if (seal === 'bad') this.#fault('FORGED_SEAL', id)
    if (seal === 'unknown') this.#unknownSeals += 1
    if (seal !== 'good') return
    writer.sealedUpTo = seq
    for (const ref of seen) this.#vouch(ref)
    for (const { kind, detail } of entries) {
      const upTo = kind === 'AUDIT_PRUNED' ? detail?.['upTo'] : undefined
      if (typeof upTo === 'string' && upTo > this.#prunedUpTo) this.#prunedUpTo = upTo
    }
  }

  /** What a sealed block names is as good as sealed; it may stand later in the walk, by another clock. */
  #vouch({ id }: BlockRef): void {
    const place = placeOf(id)
    if (!place) return
    const known = this.#writers.get(place.writer)
    if (known) known.sealedUpTo = Math.max(known.sealedUpTo, place.seq)
    else this.#vouched.set(place.writer, Math.max(this.#vouched.get(place.writer) ?? 0, place.seq))
  }

  async #look(refs: readonly BlockRef[], code: FaultCode): Promise<void> {
    const docs = await this.#options.db.getMany(refs.map(({ id }) => id))
    for (const [i, { id, hash }] of refs.entries()) {
      const doc = docs[i]
      if (!doc) this.#absent.push({ id, code })
      else if (doc['hash'] !== hash) this.#fault(code, id)
    }
  }

  #fault(code: FaultCode, block: string): void {
    if (this.#faults.length < maxFaults) this.#faults.push({ code, block, message: faultCodes[code] })
  }
}
