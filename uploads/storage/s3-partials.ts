/**
 * Files that arrive in pieces, in an object store: each piece is an object whose name says where it begins and how
 * long it is, since objects cannot grow.
 *
 *     partial/group-<groupId>-<uuid>/begun
 *     partial/group-<groupId>-<uuid>/<offset>-<length>
 */
import { buffer } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { FileMissing, type Appended, type PartialFiles, type PartialKey, type StagedFile } from './port.ts'

export interface S3PartialsOptions {
  client: S3Client
  bucket: string
  stage: (groupId: number, bytes: AsyncIterable<Uint8Array>) => Promise<StagedFile>
}

interface Piece {
  key: string
  offset: number
  length: number
}

/** Largest piece that is held in memory, in bytes. */
const pieceBytes = 8 * 2 ** 20
const uuidText = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const folderOf = ({ groupId, id }: PartialKey): string => {
  if (!Number.isSafeInteger(groupId) || groupId < 1) throw new TypeError(`Not a group id: ${groupId}`)
  if (!uuidText.test(id)) throw new TypeError('Not a UUID.')
  return `partial/group-${groupId}-${id}/`
}
const keyOf = (key: PartialKey, offset: number, length: number): string =>
  `${folderOf(key)}${String(offset).padStart(15, '0')}-${length}`

export class S3Partials implements PartialFiles {
  readonly #options: S3PartialsOptions

  constructor(options: S3PartialsOptions) {
    this.#options = options
  }

  async create(key: PartialKey): Promise<void> {
    await this.#put(`${folderOf(key)}begun`, Buffer.alloc(0))
  }

  async size(key: PartialKey): Promise<number | undefined> {
    const pieces = await this.#pieces(key)
    return pieces && sizeOf(pieces)
  }

  async append(key: PartialKey, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<Appended> {
    if (!(await this.#pieces(key))) throw new FileMissing('There is no such file.')
    let at = offset
    let held: Uint8Array[] = []
    let size = 0
    const flush = async (): Promise<void> => {
      if (size > 0) await this.#put(keyOf(key, at, size), Buffer.concat(held))
      at += size
      held = []
      size = 0
    }
    let broken: unknown
    const source = bytes[Symbol.asyncIterator]()
    for (;;) {
      let next: IteratorResult<Uint8Array>
      try {
        next = await source.next()
      } catch (error) {
        broken = error
        break
      }
      if (next.done === true) break
      held.push(next.value)
      size += next.value.byteLength
      if (size >= pieceBytes) await flush()
    }
    await flush()
    return broken === undefined ? { size: at } : { size: at, broken }
  }

  /** Nothing to do: a file is made of a copy of its pieces, so none that comes late is in one that was committed. */
  takeOver(): Promise<void> {
    return Promise.resolve()
  }

  async truncate(key: PartialKey, size: number): Promise<void> {
    for (const piece of (await this.#pieces(key)) ?? []) {
      if (piece.offset + piece.length <= size) continue
      if (piece.offset < size) {
        const kept = (await buffer(await this.#get(piece.key))).subarray(0, size - piece.offset)
        await this.#put(keyOf(key, piece.offset, kept.length), kept)
      }
      await this.#delete(piece.key)
    }
  }

  async stage(groupId: number, keys: readonly PartialKey[]): Promise<StagedFile> {
    const all = await Promise.all(keys.map((key) => this.#pieces(key)))
    if (all.some((pieces) => !pieces)) throw new FileMissing('There is no such file.')
    return await this.#options.stage(groupId, this.#inOrder(all.flatMap((pieces) => pieces ?? [])))
  }

  async *#inOrder(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
    for (const { key } of pieces) yield* (await this.#get(key)) as AsyncIterable<Uint8Array>
  }

  async remove(key: PartialKey): Promise<void> {
    for await (const name of this.#names(key)) await this.#delete(name)
  }

  /** In order, without those that a crash left behind a piece that was written anew; undefined where nothing was begun. */
  async #pieces(key: PartialKey): Promise<Piece[] | undefined> {
    const pieces: Piece[] = []
    let begun = false
    for await (const name of this.#names(key)) {
      const [, offset, length] = /\/(\d{15})-(\d+)$/.exec(name) ?? []
      if (offset === undefined || length === undefined) begun ||= name.endsWith('/begun')
      else if (Number(offset) === sizeOf(pieces))
        pieces.push({ key: name, offset: Number(offset), length: Number(length) })
    }
    return begun ? pieces : undefined
  }

  async *#names(key: PartialKey): AsyncGenerator<string> {
    const { client, bucket } = this.#options
    const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: folderOf(key) })
    for await (const { Contents = [] } of pages)
      for (const { Key } of Contents) if (Key !== undefined) yield Key
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#options.client.send(
      new PutObjectCommand({ Bucket: this.#options.bucket, Key: key, Body: bytes }),
    )
  }

  async #get(key: string): Promise<Readable> {
    const { Body } = await this.#options.client.send(
      new GetObjectCommand({ Bucket: this.#options.bucket, Key: key }),
    )
    return Body as Readable
  }

  async #delete(key: string): Promise<void> {
    await this.#options.client.send(new DeleteObjectCommand({ Bucket: this.#options.bucket, Key: key }))
  }
}

const sizeOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { length }) => sum + length, 0)
