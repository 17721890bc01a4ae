/**
 * Blocks of the audit record: what was flushed at once, with the hash of its writer's block before it and of other
 * writers' blocks that it had seen. Pure. A writer is one turn of one server, so no two ever write the same block.
 */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { canonical } from '../../sync/merge/canonical.ts'
import type { StoredDoc } from '../../sync/store/port.ts'
import type { SigningKey } from '../config.ts'
import type { Entry } from './entry.ts'

/** A block by its id, with the hash that it has to have. */
export interface BlockRef {
  id: string
  hash: string
}

export interface BlockFields {
  _id: string
  type: 'auditBlock'
  format: 1
  writer: string
  /** 1, 2, 3, … of its writer, without gaps. */
  seq: number
  /** ISO 8601; never before the writer's block before it. */
  at: string
  previous: BlockRef | null
  /** Newest blocks of other writers that no block of this writer had named yet. */
  seen: BlockRef[]
  entries: Entry[]
}

export interface Block extends BlockFields {
  /** SHA-256 of all the fields above, base64url. */
  hash: string
  /** By a key that the store does not have; null where the writer had none. */
  seal: Seal | null
}
interface Seal {
  kid: string
  mac: string
}
export type BlockDoc = StoredDoc & Block

export const blockPrefix = 'block:'
/** After every block of a time, before those of later ones. */
export const blocksUpTo = (at: string): string => `${blockPrefix}${at}\uffff`
export const blocksFrom = (at: string): string => `${blockPrefix}${at}`

const digits = 9
export const blockId = (at: string, writer: string, seq: number): string =>
  `${blockPrefix}${at}~${writer}~${String(seq).padStart(digits, '0')}`

const blockIdShape = /^block:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~([0-9a-f-]{36})~(\d{9})$/

/** Time, writer and number that an id says; undefined where it is none. */
export const placeOf = (id: string): { at: string; writer: string; seq: number } | undefined => {
  const [, at, writer, seq] = blockIdShape.exec(id) ?? []
  return at !== undefined && writer !== undefined ? { at, writer, seq: Number(seq) } : undefined
}

const fieldNames = ['_id', 'type', 'format', 'writer', 'seq', 'at', 'previous', 'seen', 'entries'] as const

/** The hash of a block's fields, whatever else the document has. */
export const hashOfBlock = (block: object): string => {
  const given: Record<string, unknown> = { ...block }
  const fields = Object.fromEntries(fieldNames.map((name) => [name, given[name]]))
  return createHash('sha256').update(canonical(fields)).digest('base64url')
}

const equal = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** Seals with keys derived from those that sign tokens: who has the store alone can make no good seal. */
export class Sealer {
  readonly #keys: ReadonlyMap<string, Buffer>
  readonly #signer: string | undefined

  /** @param keys the first seals, all verify */
  constructor(keys: readonly SigningKey[]) {
    const derived = ({ secret }: SigningKey): Buffer =>
      Buffer.from(hkdfSync('sha256', secret, '', 'vetspace audit seal', 32))
    this.#keys = new Map(keys.map((key) => [key.kid, derived(key)]))
    this.#signer = keys[0]?.kid
  }

  seal(hash: string): Seal | null {
    return this.#signer === undefined ? null : { kid: this.#signer, mac: this.#mac(this.#signer, hash) }
  }

  /** `unknown`: by a key that is not known here (any more), or by none. */
  check(hash: string, seal: unknown): 'good' | 'bad' | 'unknown' {
    const { kid, mac } = (seal ?? {}) as Partial<Seal>
    if (typeof kid !== 'string' || typeof mac !== 'string' || !this.#keys.has(kid)) return 'unknown'
    return equal(mac, this.#mac(kid, hash)) ? 'good' : 'bad'
  }

  /** A mark of an address: the same for the same, telling it to nobody. */
  origin(address: string): string {
    const kid = this.#signer
    return kid === undefined ? '' : this.#mac(kid, `origin\n${address}`).slice(0, 16)
  }

  #mac(kid: string, text: string): string {
    return createHmac('sha256', this.#keys.get(kid) ?? '')
      .update(text)
      .digest('base64url')
  }
}

/** A block ready to be stored. */
export const sealed = (fields: BlockFields, sealer: Sealer): Block => {
  const hash = hashOfBlock(fields)
  return { ...fields, hash, seal: sealer.seal(hash) }
}
