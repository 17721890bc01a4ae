/** `client.documents`: files for the practice, kept on the device until they are sent. */
import { ChangeRefusedError } from './errors.ts'
import { newId, type DocumentDoc } from './local/records.ts'
import type { UserDatabase } from './local/user-database.ts'
import { sha256Hex } from './session/password.ts'

export interface DocumentMeta {
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
}

const bytesOf = async (file: Blob | Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  file instanceof Uint8Array ? new Uint8Array(file) : new Uint8Array(await file.arrayBuffer())

export class Documents {
  readonly #database: () => UserDatabase

  constructor(database: () => UserDatabase) {
    this.#database = database
  }

  /**
   * Keeps a file on the device, to be sent at the next sync.
   * @returns its record's id
   */
  async add(file: Blob | Uint8Array, meta: DocumentMeta): Promise<string> {
    const { files, typed } = this.#database()
    const bytes = await bytesOf(file)
    if (bytes.length === 0) throw new ChangeRefusedError('EMPTY_FILE', 'The file is empty')
    const id = newId()
    const blob = file instanceof Blob ? file : null
    const name = (blob as { name?: unknown } | null)?.name
    const record = {
      ...meta,
      fileName: meta.fileName ?? (typeof name === 'string' ? name : 'document'),
      contentType: meta.contentType ?? (blob?.type || 'application/octet-stream'),
      size: bytes.length,
      sha256: await sha256Hex(bytes),
    }
    await files.put(id, bytes)
    await typed.documents.insert({ id, ...record } as DocumentDoc)
    return id
  }
}
