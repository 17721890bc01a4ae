/**
 * Resumable uploads by the tus 1.0 protocol (https://tus.io/protocols/resumable-upload). @tus/server speaks it;
 * what it lacks is here: the checksum and concatenation extensions, and failures that the caller can answer in the
 * API's own form.
 */
import type { Request as HttpRequest, Response as HttpResponse } from 'express'
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Server, ServerOptions } from '@tus/server'
import type { Database } from '../../sync/store/port.ts'
import type { FileStorage } from '../storage/port.ts'
import { parseChecksum } from './checksum.ts'
import { join } from './concatenation.ts'
import { LeaseLocker } from './lease-locker.ts'
import { keyOf, PartialStore, turns, type Turn } from './partial-store.ts'
import { asTusRefused, failureOf, TusRefused } from './tus-refused.ts'
import { UploadStates, type UploadMetadata, type UploadState } from './upload-states.ts'

export interface ResumableUploadsOptions {
  /** Shared by all servers: states and locks of the uploads. */
  db: Database
  files: FileStorage
  /** Where uploads are served, without a slash at the end. */
  path: string
}

/** What a request is about, as its handler sees it. */
export interface TusRequest extends Pick<
  Turn,
  'groupId' | 'userId' | 'at' | 'check' | 'complete' | 'refuses'
> {
  request: HttpRequest
  response: HttpResponse
  /** Largest file in bytes. */
  fileLimit: number
}

const passedOn = ['content-type', 'content-length', 'host', 'tus-resumable'] as const
const isPassedOn = (name: string): boolean =>
  name.startsWith('upload-') || passedOn.some((known) => known === name)

const webRequestOf = (request: HttpRequest): Request => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers))
    if (typeof value === 'string' && isPassedOn(name)) headers.set(name, value)
  const { method } = request
  const bare = method === 'HEAD' || method === 'GET' || method === 'DELETE'
  const body = bare ? null : (Readable.toWeb(request) as ReadableStream<Uint8Array>)
  return new Request(`http://uploads${request.path}`, {
    method,
    headers,
    body,
    duplex: 'half',
  } as RequestInit)
}

/** Which pages may read an answer, and what its body is, is said by who serves the protocol. */
const isOthers = (name: string): boolean => name === 'content-type' || name.startsWith('access-control-')

export class ResumableUploads {
  readonly #files: FileStorage
  readonly #states: UploadStates
  readonly #locker: LeaseLocker
  readonly #path: string
  #server: Promise<Server> | undefined

  constructor({ db, files, path }: ResumableUploadsOptions) {
    this.#files = files
    this.#path = path
    this.#states = new UploadStates(db)
    this.#locker = new LeaseLocker({
      ...{ db, locked: inUse },
      onTakeOver: async (id) => {
        const state = await this.#states.get(id)
        if (state) await files.partials.takeOver(keyOf(state))
      },
    })
  }

  /** Loaded with the first upload: what the library brings along is a good part of a server's start. */
  #tus(): Promise<Server> {
    this.#server ??= import('@tus/server').then(({ Server }) => new Server(this.#serverOptions()))
    return this.#server
  }

  #serverOptions(): ServerOptions & { datastore: PartialStore } {
    return {
      path: this.#path,
      datastore: new PartialStore(this.#files, this.#states),
      locker: this.#locker,
      // The request before has mostly lost its connection: nothing is won by waiting for it.
      lockDrainTimeout: 1,
      relativeLocation: true,
      namingFunction: () => randomUUID(),
      maxSize: () => limits.get(turnNow()) ?? 0,
      onUploadCreate: async (_request, upload) => {
        const turn = turnNow()
        if (turn.concat === null) await turn.check(upload.metadata ?? {}, upload.size)
        return {}
      },
      onResponseError: (_request, error) => {
        turnNow().error = error
        return undefined
      },
    }
  }

  /** An upload of this user's; undefined where there is none. */
  async state(id: string, user: Pick<Turn, 'groupId' | 'userId' | 'at'>): Promise<UploadState | undefined> {
    const state = await this.#states.get(id)
    const theirs = state?.groupId === user.groupId && state.userId === user.userId
    return theirs ? state : undefined
  }

  /** Bytes that have arrived of it. */
  async heldOf(state: UploadState): Promise<number> {
    if (state.documentId !== null || state.joined !== null) return state.size ?? 0
    return (await this.#files.partials.size(keyOf(state))) ?? 0
  }

  /**
   * Answers a request of the protocol.
   * @throws TusRefused, and what `check` and `complete` throw
   */
  async serve(options: TusRequest): Promise<void> {
    const { request, response } = options
    if (headerOf(request, 'tus-resumable') !== '1.0.0')
      throw new TusRefused('UNKNOWN_VERSION', 'Send Tus-Resumable: 1.0.0')
    const checksum = parseChecksum(headerOf(request, 'upload-checksum'))
    if (checksum === null) throw new TusRefused('BAD_CHECKSUM', 'Upload-Checksum cannot be read')
    if (request.method === 'POST') checkBody(request, options.fileLimit)
    const turn: Turn = {
      ...options,
      checksum,
      concat: concatOf(request),
      begins: request.method === 'POST',
      takenOver: inUse,
      finished: () => new TusRefused('FINISHED', 'The upload is finished'),
      mismatch: () => new TusRefused('CHUNK_DIFFERS', 'The bytes are not those of Upload-Checksum'),
    }
    limits.set(turn, options.fileLimit)
    if (request.method === 'POST' && turn.concat?.startsWith('final;') === true)
      return await this.#serveJoin(turn, options)
    const tus = await this.#tus()
    const answer = await turns.run(turn, () => tus.handleWeb(webRequestOf(request)))
    if (answer.status >= 400) throw await failureOf(turn, answer)
    for (const [name, value] of answer.headers) if (!isOthers(name)) response.setHeader(name, value)
    await this.#describe(request, response, answer.headers.get('location') ?? request.path)
    if (answer.status === 201) response.setHeader('Content-Length', '0')
    response.writeHead(answer.status).end()
  }

  /** Adds to an answer what the protocol's handlers do not know of. */
  async #describe(request: HttpRequest, response: HttpResponse, location: string): Promise<void> {
    if (request.method === 'DELETE') return
    const state = await this.#states.get(location.split('/').at(-1) ?? '')
    if (!state) return
    if (request.method === 'HEAD' && state.concat) response.setHeader('Upload-Concat', state.concat)
    if (state.documentId === null)
      response.setHeader('Upload-Expires', new Date(state.expiresAt).toUTCString())
  }

  async #serveJoin(turn: Turn, { request, response }: TusRequest): Promise<void> {
    if (headerOf(request, 'upload-length') !== null)
      throw new TusRefused('BAD_HEADER', 'A final upload has no Upload-Length')
    const concat = turn.concat as `final;${string}`
    const metadata = metadataOf(headerOf(request, 'upload-metadata'))
    const id = await join({ files: this.#files, states: this.#states, turn, concat, metadata }).catch(
      asTusRefused,
    )
    response.writeHead(201, { Location: `${this.#path}/${id}`, 'Content-Length': '0' }).end()
  }

  /** Throws away what nobody came back for. @returns how many */
  async sweep(at: number): Promise<number> {
    let swept = 0
    let after = ''
    for (;;) {
      const page = await this.#states.page(after, sweepPage)
      for (const state of page)
        if (state.expiresAt <= at) {
          await this.#files.partials.remove(keyOf(state))
          await this.#states.remove(state.id)
          swept += 1
        }
      const last = page.at(-1)
      if (!last || page.length < sweepPage) return swept
      after = last.id
    }
  }
}

const inUse = (): TusRefused => new TusRefused('LOCKED', 'The upload is in use')

const sweepPage = 500
/** The largest file of a request's group, by request. */
const limits = new WeakMap<Turn, number>()

const turnNow = (): Turn => {
  const turn = turns.getStore()
  if (!turn) throw new Error('No request is being served')
  return turn
}

const headerOf = (request: HttpRequest, name: string): string | null => {
  const value = request.headers[name]
  return typeof value === 'string' ? value : null
}

/** A beginning with more bytes than it says is refused before there is anything of it: nobody would hear where it is. */
const checkBody = (request: HttpRequest, fileLimit: number): void => {
  const length = headerOf(request, 'upload-length') ?? ''
  const most = /^\d{1,15}$/.test(length) ? Number(length) : fileLimit
  if (Number(headerOf(request, 'content-length') ?? 0) > most)
    throw new TusRefused('TOO_LARGE', 'The request has more bytes than the upload may')
}

const concatOf = (request: HttpRequest): UploadState['concat'] => {
  const value = headerOf(request, 'upload-concat')
  if (value === null || request.method !== 'POST') return null
  if (value === 'partial' || value.startsWith('final;')) return value as UploadState['concat']
  throw new TusRefused('BAD_HEADER', 'Upload-Concat is partial, or final with a list of parts')
}

/** `Upload-Metadata`: names and their values in base64. */
const metadataOf = (header: string | null): UploadMetadata => {
  const fields: Record<string, string | null> = Object.create(null) as Record<string, string | null>
  for (const pair of (header ?? '').split(',').filter((text) => text.trim() !== '')) {
    const [name = '', value, ...rest] = pair.trim().split(' ')
    if (name === '' || name in fields || rest.length > 0)
      throw new TusRefused('BAD_HEADER', 'Upload-Metadata cannot be read')
    fields[name] = value === undefined ? null : Buffer.from(value, 'base64').toString('utf8')
  }
  return fields
}
