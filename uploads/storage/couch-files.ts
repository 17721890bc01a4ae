/**
 * Small files inside CouchDB, each an attachment of a document `file:<sha256>` of its group's database: whoever replicates
 * the database has them. Asked by HTTP, because the store port knows documents and no streams.
 *
 *     { _id: 'file:<sha256>', type: 'file', groupId, size, storedAt, _attachments: { bytes } }
 */
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { StoreUnavailable } from '../../sync/store/port.ts'
import type { ByteRange, FileAddress, StoredFile } from './port.ts'

export interface CouchFilesOptions {
  /** With user and password, where CouchDB wants them. */
  url: string
  /** The name in CouchDB of a group's database. */
  databaseOf: (groupId: number) => string
  /** Groups whose databases are there. */
  groups: () => Promise<number[]>
}

interface FileDoc {
  _id: string
  _rev: string
  size: number
  /** ISO 8601: when it was last committed. */
  storedAt: string
}

const attachment = 'bytes'
const type = 'application/octet-stream'
const pageSize = 500
const mostTries = 20
/** ms until CouchDB has to begin its answer. */
const patienceMs = 60_000

const idOf = ({ sha256 }: FileAddress): string => {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError('Not a SHA-256 in lower-case hex.')
  return `file:${sha256}`
}

export class CouchFiles {
  readonly #options: CouchFilesOptions
  readonly #base: string
  readonly #headers: Record<string, string>

  constructor(options: CouchFilesOptions) {
    this.#options = options
    const { origin, pathname, username, password } = new URL(options.url)
    this.#base = `${origin}${pathname.replace(/\/$/, '')}`
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    this.#headers =
      username === '' ? {} : { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  }

  /** Keeps a file; one that is there is as if it had been kept now. Resolves when it is on disk. */
  async put(address: FileAddress, bytes: Buffer): Promise<void> {
    const { groupId } = address
    for (let tries = 0; tries < mostTries; tries += 1) {
      const known = await this.#doc(address)
      const data = { content_type: type, data: bytes.toString('base64') }
      const body = {
        ...{ type: 'file', groupId, siteIds: [], size: bytes.length, storedAt: new Date().toISOString() },
        ...(known ? { _rev: known._rev } : {}),
        // A document whose attachment is there keeps it: only its time is written.
        _attachments: { [attachment]: known?.size === bytes.length ? { stub: true } : data },
      }
      const init = { method: 'PUT', body: JSON.stringify(body) }
      const { status } = await this.#ask(address, '', { ...init, expected: [409] })
      // 202: too few nodes have it. It may be lost, and is no acknowledgement.
      if (status === 201) return
    }
    throw new StoreUnavailable('CouchDB did not keep a file.')
  }

  async size(address: FileAddress): Promise<number | undefined> {
    return (await this.#doc(address))?.size
  }

  async open(address: FileAddress, range?: ByteRange): Promise<Readable | undefined> {
    const part = range ? { Range: `bytes=${range.start}-${range.end ?? ''}` } : {}
    const response = await this.#ask(address, `/${attachment}`, { headers: part, expected: [404] })
    if (response.status === 404) return undefined
    return response.body ? Readable.fromWeb(response.body as ReadableStream) : Readable.from([])
  }

  async remove(address: FileAddress): Promise<void> {
    await this.removeOlder(address, Infinity)
  }

  /** Removes a file unless it was kept (again) since; whether it did. */
  async removeOlder(address: FileAddress, before: number): Promise<boolean> {
    const known = await this.#doc(address)
    if (!known || Date.parse(known.storedAt) >= before) return false
    const init = { method: 'DELETE', query: `?rev=${known._rev}`, expected: [404, 409] }
    return (await this.#ask(address, '', init)).status === 200
  }

  async *list(): AsyncGenerator<StoredFile> {
    for (const groupId of await this.#options.groups()) {
      let start = 'file:'
      for (;;) {
        const docs = await this.#page(groupId, start)
        for (const { _id, storedAt } of docs)
          yield { groupId, sha256: _id.slice('file:'.length), storedAt: Date.parse(storedAt) }
        const last = docs.at(-1)
        if (!last || docs.length < pageSize) break
        start = `${last._id}\u0000`
      }
    }
  }

  async #page(groupId: number, start: string): Promise<FileDoc[]> {
    const range = { start_key: JSON.stringify(start), end_key: JSON.stringify('file:\uffff') }
    const query = new URLSearchParams({ ...range, include_docs: 'true', limit: String(pageSize) })
    const url = `${this.#database(groupId)}/_all_docs?${query.toString()}`
    const response = await this.#fetch(url, { expected: [404] })
    if (response.status === 404) return []
    const { rows } = (await response.json()) as { rows: { doc: FileDoc }[] }
    return rows.map(({ doc }) => doc)
  }

  async #doc(address: FileAddress): Promise<FileDoc | undefined> {
    const response = await this.#ask(address, '', { expected: [404] })
    return response.status === 404 ? undefined : ((await response.json()) as FileDoc)
  }

  #database(groupId: number): string {
    if (!Number.isSafeInteger(groupId) || groupId < 1) throw new TypeError(`Not a group id: ${groupId}`)
    return `${this.#base}/${encodeURIComponent(this.#options.databaseOf(groupId))}`
  }

  #ask(address: FileAddress, below: string, asking: Asking): Promise<Response> {
    const id = encodeURIComponent(idOf(address))
    return this.#fetch(`${this.#database(address.groupId)}/${id}${below}${asking.query ?? ''}`, asking)
  }

  /** @throws StoreUnavailable for whatever is not good and not expected; it tells neither URL nor credentials */
  async #fetch(
    url: string,
    { method = 'GET', headers = {}, body, expected = [] }: Asking,
  ): Promise<Response> {
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), patienceMs)
    const json: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
    try {
      const response = await fetch(url, {
        ...{ method, signal: patience.signal, headers: { ...this.#headers, ...json, ...headers } },
        ...(body === undefined ? {} : { body }),
      })
      if (response.ok || expected.includes(response.status)) return response
      await response.body?.cancel()
      throw new StoreUnavailable(`CouchDB answered ${response.status} for a file.`)
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error
      throw new StoreUnavailable('CouchDB does not answer.', { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }
}

interface Asking {
  method?: string
  headers?: Record<string, string>
  body?: string
  query?: string
  /** Statuses that are an answer and no fault. */
  expected?: readonly number[]
}
