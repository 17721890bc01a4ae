/**
 * Files in an S3-compatible object store, under the same addresses as on disk. Bytes are staged on this machine's disk,
 * because their address is known only when they have all passed, and become one object at commit; files that arrive
 * in pieces are objects from the beginning, so that every server over the bucket can go on with them.
 */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { stagedFile, sweepFolder, writeStaged, type Measured } from './disk-staging.ts'
import {
  FileMissing,
  StorageClosed,
  type ByteRange,
  type FileAddress,
  type FileStorage,
  type PartialFiles,
  type StagedFile,
  type StoredFile,
} from './port.ts'
import { S3Partials } from './s3-partials.ts'

export interface S3StorageOptions {
  /** `https://KEY:SECRET@host/bucket?region=eu-west-2`; without credentials, those of the machine's role. */
  url: string
  /** Where bytes are staged on this machine. */
  directory: string
}

/** Whether an object is not there. */
export const isMissingObject = (error: unknown): boolean =>
  error instanceof Error &&
  (['NoSuchKey', 'NotFound'].includes(error.name) ||
    (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404)

const clientOf = (url: URL): S3Client => {
  const { username, password, protocol, host } = url
  const credentials =
    username === ''
      ? {}
      : {
          credentials: {
            accessKeyId: decodeURIComponent(username),
            secretAccessKey: decodeURIComponent(password),
          },
        }
  return new S3Client({
    ...{ endpoint: `${protocol}//${host}`, forcePathStyle: true },
    region: url.searchParams.get('region') ?? 'us-east-1',
    ...credentials,
    // Stores that are not Amazon's know none of the newer checksums.
    ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
  })
}

const addressOf = (key: string): FileAddress | undefined => {
  const match = /^group-(\d+)\/..\/..\/([0-9a-f]{64})$/.exec(key)
  return match?.[1] && match[2] ? { groupId: Number(match[1]), sha256: match[2] } : undefined
}

class S3Storage implements FileStorage {
  readonly partials: PartialFiles
  readonly #client: S3Client
  readonly #bucket: string
  readonly #incoming: string
  readonly #closing = new AbortController()
  readonly #arriving = new Set<Promise<unknown>>()
  readonly #staged = new Set<StagedFile>()

  constructor(client: S3Client, bucket: string, incoming: string) {
    this.#client = client
    this.#bucket = bucket
    this.#incoming = incoming
    this.partials = new S3Partials({ client, bucket, stage: (groupId, bytes) => this.stage(groupId, bytes) })
  }

  async stage(groupId: number, bytes: Readable | AsyncIterable<Uint8Array>): Promise<StagedFile> {
    if (this.#closing.signal.aborted) throw new StorageClosed('The file storage is closed.')
    folderOf(groupId)
    const file = path.join(this.#incoming, randomUUID())
    const arrival = writeStaged({ path: file, bytes, signal: this.#closing.signal })
    const settled = arrival.catch(() => undefined)
    this.#arriving.add(settled)
    try {
      return this.#hold(groupId, file, await arrival)
    } finally {
      this.#arriving.delete(settled)
    }
  }

  #hold(groupId: number, file: string, measured: Measured): StagedFile {
    const staged = stagedFile({
      ...{ path: file, measured },
      publish: () => this.#publish(file, { groupId, sha256: measured.sha256 }),
      onEnd: (ended) => this.#staged.delete(ended),
    })
    this.#staged.add(staged)
    return staged
  }

  /** An object appears whole or not at all, and is durable when that is acknowledged. */
  async #publish(file: string, address: FileAddress): Promise<FileAddress> {
    const params = { Bucket: this.#bucket, Key: keyOf(address), Body: createReadStream(file) }
    await new Upload({ client: this.#client, params, queueSize: 2 }).done()
    await rm(file, { force: true })
    return address
  }

  async stat(address: FileAddress): Promise<{ size: number } | undefined> {
    const found = await this.#head(address)
    return found && { size: found.ContentLength ?? 0 }
  }

  async #head(address: FileAddress) {
    try {
      return await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: keyOf(address) }))
    } catch (error) {
      if (isMissingObject(error)) return undefined
      throw error
    }
  }

  async open(address: FileAddress, range?: ByteRange): Promise<Readable> {
    const part = range ? { Range: `bytes=${range.start}-${range.end ?? ''}` } : {}
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: keyOf(address), ...part }),
      )
      return Body as Readable
    } catch (error) {
      if (isMissingObject(error)) throw new FileMissing('There is no such file.', { cause: error })
      throw error
    }
  }

  async remove(address: FileAddress): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: keyOf(address) }))
  }

  async removeOlder(address: FileAddress, before: number): Promise<boolean> {
    const modified = (await this.#head(address))?.LastModified?.getTime()
    if (modified === undefined || modified >= before) return false
    await this.remove(address)
    return true
  }

  sweepArriving(before: number): Promise<void> {
    return sweepFolder(this.#incoming, before)
  }

  async *list(): AsyncGenerator<StoredFile> {
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: 'group-' })
    for await (const { Contents = [] } of pages)
      for (const { Key = '', LastModified } of Contents) {
        const address = addressOf(Key)
        if (address) yield { ...address, storedAt: LastModified?.getTime() ?? Date.now() }
      }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#arriving)
    await Promise.all([...this.#staged].map((file) => file.abort()))
    this.#client.destroy()
  }
}

const folderOf = (groupId: number): string => {
  if (!Number.isSafeInteger(groupId) || groupId < 1) throw new TypeError(`Not a group id: ${groupId}`)
  return `group-${groupId}`
}

const keyOf = ({ groupId, sha256 }: FileAddress): string => {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError('Not a SHA-256 in lower-case hex.')
  return `${folderOf(groupId)}/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`
}

/** Opens the files of a bucket, which is there already. */
export const openS3Storage = async ({ url, directory }: S3StorageOptions): Promise<FileStorage> => {
  const parsed = new URL(url)
  const bucket = decodeURIComponent(parsed.pathname.replace(/^\/+|\/+$/g, ''))
  const incoming = path.join(directory, 'incoming')
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  return new S3Storage(clientOf(parsed), bucket, incoming)
}
