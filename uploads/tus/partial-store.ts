/**
 * @tus/server's DataStore over our file storage and our store. Ours, because the stores that come with it neither
 * sync what they acknowledge nor check a checksum, and keep an upload's state where other servers cannot see it.
 *
 * Bytes are the storage's partial files; how many there are is the upload's offset, whatever crashed meanwhile. An
 * upload whose last byte arrived is finished under its lock, by the request that brought the byte or, where that was
 * lost, by the next one that asks for the upload.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Readable } from 'node:stream'
import { DataStore, ERRORS, Upload } from '@tus/utils'
import { FileMissing, type FileStorage, type PartialKey, type StagedFile } from '../storage/port.ts'
import { checking, type Checksum } from './checksum.ts'
import type { UploadMetadata, UploadState, UploadStates } from './upload-states.ts'

/** What a request brings along for the store: who sends it, and what is to become of the upload. */
export interface Turn {
  groupId: number
  userId: string
  /** ms since the epoch */
  at: number
  concat: UploadState['concat']
  /** Whether the request begins an upload: its sender does not know yet where that is. */
  begins: boolean
  checksum: Checksum | undefined
  /** Why the upload may not begin, thrown. Not asked for parts, which say nothing of what they are. */
  check: (metadata: UploadMetadata, size: number | undefined) => Promise<void>
  /** Makes a document of the bytes. @returns its id */
  complete: (metadata: UploadMetadata, staged: StagedFile) => Promise<string>
  /** Whether what `complete` threw is the last word on these bytes. */
  refuses: (error: unknown) => boolean
  /** Thrown where another request has gone on with the upload meanwhile. */
  takenOver: () => Error
  /** Thrown where there is nothing left to throw away. */
  finished: () => Error
  /** Thrown where a request's bytes are not those of its checksum. */
  mismatch: () => Error
  /** What the protocol's handlers failed with. */
  error?: unknown
}

export const turns = new AsyncLocalStorage<Turn>()

const turn = (): Turn => {
  const current = turns.getStore()
  if (!current) throw new Error('The upload store serves requests only')
  return current
}

const dayMs = 86_400_000
/** From its creation on, an upload may be resumed for so long. */
export const expirationMs = 7 * dayMs

/** The protocol's own answers are thrown as they are: @tus/server knows them by their fields. */
const notFound = (): Error => Object.assign(new Error('There is no such upload'), ERRORS.FILE_NOT_FOUND)

export const keyOf = ({ groupId, id }: Pick<UploadState, 'groupId' | 'id'>): PartialKey => ({ groupId, id })

export class PartialStore extends DataStore {
  readonly #files: FileStorage
  readonly #states: UploadStates

  constructor(files: FileStorage, states: UploadStates) {
    super()
    this.#files = files
    this.#states = states
    // Expiration is ours as well: theirs goes by the machine's clock.
    this.extensions = ['creation', 'creation-with-upload', 'creation-defer-length', 'termination']
    // @tus/server asks for it under this spelling; joining itself is ours (concatenation.ts).
    this.extensions.push('concatentation')
  }

  override async create(upload: Upload): Promise<Upload> {
    const { groupId, userId, at, concat } = turn()
    const { id, size = null, metadata = null } = upload
    const times = { createdAt: at, expiresAt: at + expirationMs }
    await this.#states.create({
      id,
      groupId,
      userId,
      size,
      metadata,
      concat,
      ...times,
      documentId: null,
      joined: null,
    })
    // After its state, by which it is swept whatever becomes of this request.
    await this.#files.partials.create({ groupId, id })
    upload.creation_date = new Date(at).toISOString()
    return upload
  }

  override async declareUploadLength(id: string, size: number): Promise<void> {
    await this.#states.change(id, { size })
  }

  override async getUpload(id: string): Promise<Upload> {
    const state = await this.#known(id)
    const held = await this.#held(state)
    if (held === state.size) await this.#finish(state)
    return new Upload({
      id,
      offset: held,
      ...(state.size === null ? {} : { size: state.size }),
      ...(state.metadata === null ? {} : { metadata: { ...state.metadata } }),
      creation_date: new Date(state.createdAt).toISOString(),
    })
  }

  override async write(stream: Readable, id: string, offset: number): Promise<number> {
    const { checksum, mismatch, begins, takenOver } = turn()
    const state = await this.#known(id)
    // Of a finished upload nothing is left to write to.
    if (isOver(state)) return offset
    const checked = checksum ? checking(stream, checksum) : undefined
    const { size, broken } = await this.#files.partials
      .append(keyOf(state), offset, checked?.bytes ?? stream)
      .catch((error: unknown) => {
        throw error instanceof FileMissing ? takenOver() : error
      })
    const wrong = broken === undefined && checked !== undefined && !checked.matches()
    // What cannot be checked, or is more than was announced, is as if it had not been sent.
    if (wrong || (broken !== undefined && (checked || isTooLong(broken)))) {
      // Nobody will hear where an upload is whose beginning was refused.
      if (begins) await this.remove(id)
      else await this.#files.partials.truncate(keyOf(state), offset)
    }
    if (broken !== undefined) throw broken as Error
    if (wrong) throw mismatch()
    if (size === state.size) await this.#finish(state)
    return size
  }

  override async remove(id: string): Promise<void> {
    const state = await this.#known(id)
    if (isOver(state)) throw turn().finished()
    await this.#files.partials.remove(keyOf(state))
    await this.#states.remove(id)
  }

  async #known(id: string): Promise<UploadState> {
    const state = await this.#states.get(id)
    const { groupId, userId } = turn()
    // An upload belongs to its user; for anybody else it does not exist.
    if (state?.groupId !== groupId || state.userId !== userId) throw notFound()
    return state
  }

  async #held(state: UploadState): Promise<number> {
    if (isOver(state)) return state.size ?? 0
    const size = await this.#files.partials.size(keyOf(state))
    if (size === undefined) throw notFound()
    return size
  }

  /** Makes a document of an upload that is complete; what can never become one is thrown away. */
  async #finish(state: UploadState): Promise<void> {
    if (isOver(state) || state.concat === 'partial') return
    const { complete, refuses } = turn()
    await using staged = await this.#files.partials.stage(state.groupId, [keyOf(state)])
    try {
      const documentId = await complete(state.metadata ?? {}, staged)
      await this.#states.change(state.id, { documentId })
    } catch (error) {
      if (refuses(error)) await this.remove(state.id)
      throw error
    }
    await this.#files.partials.remove(keyOf(state))
  }
}

/** The protocol's handlers end the stream of a request that brings more than it announced with an error of theirs. */
const isTooLong = (error: unknown): boolean => error instanceof Error && 'status_code' in error

const isOver = ({ documentId, joined }: UploadState): boolean => documentId !== null || joined !== null
