/** `client.documents`: files for the practice, kept on the device until they are sent, and files that it has. */
import type { Observable } from 'rxjs'
import { ChangeRefusedError, NotOnDeviceError } from './errors.ts'
import { fetchBytes } from './http/fetch-bytes.ts'
import type { CachedPart } from './local/file-cache.ts'
import { newId, type DocumentDoc } from './local/records.ts'
import type { Transfer } from './local/transfer.ts'
import type { UserDatabase } from './local/user-database.ts'
import { sha256Hex } from './session/password.ts'
import type { Session } from './session/session.ts'
import type { Transport } from './http/request.ts'
import { makeThumbnail } from './thumbnail.ts'

/** What a file is said to be. */
export interface DocumentMeta {
  /** The animal it is of. */
  animalId: string
  title: string
  /** A word of the practice's: `photo`, `xray`, `report`. */
  category: string
  clientId?: string
  appointmentId?: string
  /** `document` where absent, or a File's own name. */
  fileName?: string
  /** `application/octet-stream` where absent, or a Blob's own type. */
  contentType?: string
  /** The higher is sent first; of equals the smaller. 0 where absent. */
  priority?: number
}

/** A file's bytes; `new Blob([bytes], { type: contentType })` makes a picture's source of them. */
export interface DocumentContent {
  bytes: Uint8Array<ArrayBuffer>
  contentType: string
}

/** Makes a small picture of a file; null where it is none. */
export type Thumbnailer = (file: DocumentContent) => Promise<DocumentContent | null>

interface Context {
  database: UserDatabase
  session: Session
}

const bytesOf = async (file: Blob | Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  file instanceof Uint8Array ? new Uint8Array(file) : new Uint8Array(await file.arrayBuffer())

/** `client.documents`. */
export class Documents {
  readonly #context: () => Context
  readonly #transport: Transport
  readonly #thumbnailer: Thumbnailer

  constructor(context: () => Context, transport: Transport, thumbnailer: Thumbnailer = makeThumbnail) {
    this.#context = context
    this.#transport = transport
    this.#thumbnailer = thumbnailer
  }

  /** The files that are being sent or fetched, by whichever tab, and how far they are; now and at each change. */
  get transfers$(): Observable<readonly Transfer[]> {
    return this.#context().database.transfers.transfers$
  }

  /**
   * Keeps a file on the device, to be sent at the next sync.
   * @returns its record's id
   */
  async add(file: Blob | Uint8Array, meta: DocumentMeta): Promise<string> {
    const { files, cache, typed } = this.#context().database
    const bytes = await bytesOf(file)
    if (bytes.length === 0) throw new ChangeRefusedError('EMPTY_FILE', 'The file is empty')
    const id = newId()
    const { priority = 0, ...given } = meta
    const blob = file instanceof Blob ? file : null
    const name = (blob as { name?: unknown } | null)?.name
    const contentType = given.contentType ?? (blob?.type || 'application/octet-stream')
    const sha256 = await sha256Hex(bytes)
    const fileName = given.fileName ?? (typeof name === 'string' ? name : 'document')
    const record = { ...given, fileName, contentType, size: bytes.length, sha256 }
    await files.put(id, bytes, priority)
    await typed.documents.insert({ id, ...record } as DocumentDoc).catch(async (error: unknown) => {
      await files.remove(id)
      throw error
    })
    const small = await this.#small({ bytes, contentType })
    if (small) await cache.put(id, 'thumbnail', { ...small, mark: sha256 }).catch(() => undefined)
    return id
  }

  /**
   * A document's file: from the device where it is there, else from the server, and kept for the next time.
   * @throws OfflineError where it is not on the device and the server cannot be reached
   */
  async content(id: string): Promise<DocumentContent> {
    return await this.#read(id, 'content')
  }

  /**
   * A small picture of a document: at once for what was added here, else from the server, and kept. Null where there
   * is none, as of most that is no picture.
   * @throws OfflineError where it is not on the device and the server cannot be reached
   */
  async thumbnail(id: string): Promise<DocumentContent | null> {
    return await this.#read(id, 'thumbnail').catch((error: unknown) => {
      if ((error as { status?: unknown }).status === 404) return null
      throw error
    })
  }

  async #read(id: string, part: CachedPart): Promise<DocumentContent> {
    const { database, session } = this.#context()
    const record = await database.typed.documents.findOne(id).exec()
    if (!record) throw new NotOnDeviceError(`The document ${id}`)
    const { sha256, contentType, size } = record
    const kept = await database.cache.get(id, part, sha256)
    if (kept) return kept
    const waiting = await database.files.get(id)
    if (waiting) {
      const file = { bytes: waiting, contentType }
      return part === 'content' ? file : ((await this.#small(file)) ?? file)
    }
    const fetched = await session
      .authorized((headers) =>
        fetchBytes(this.#transport, `/v2/mobile/documents/${id}/${part}`, {
          headers,
          onProgress: (done) =>
            part === 'content' && database.transfers.tell({ id, direction: 'download', done, total: size }),
        }),
      )
      .finally(() => database.transfers.end(id))
    await database.cache.put(id, part, { ...fetched, mark: sha256 }).catch(() => undefined)
    return fetched
  }

  async #small(file: DocumentContent): Promise<DocumentContent | null> {
    return await this.#thumbnailer(file).catch(() => null)
  }
}
