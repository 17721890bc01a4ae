/**
 * One `file` and a few text fields out of a multipart/form-data request, in whatever order they come. multer
 * parses; the file goes chunk by chunk from the socket into the file storage, which holds the socket back while
 * the disk is busy.
 */
import type { Request, Response } from 'express'
import multer, { MulterError } from 'multer'
import type { Readable, Writable } from 'node:stream'
import { inflateInto, inflaterOf } from './inflate.ts'
import type { FileStorage, StagedFile } from './storage/port.ts'

/** A file that arrived whole; committed or aborted by whoever received it. */
export interface ReceivedFile {
  staged: StagedFile
  /** As the sender calls it: not to be believed. */
  fileName: string
  contentType: string
}

/** What a request brought. Disposing throws a file away that was not committed. */
export interface ReceivedForm extends AsyncDisposable {
  /** Text fields; one sent several times is a list. One sent empty is left out, as a form sends what nobody filled in. */
  fields: Record<string, unknown>
  /** Undefined where there was none. */
  file: ReceivedFile | undefined
}

export interface ReceiveOptions {
  storage: FileStorage
  groupId: number
  /** Largest file in bytes. */
  fileLimit: number
}

export type FormFault =
  | 'FILE_TOO_LARGE'
  /** A second file, or a file under another name than `file`. */
  | 'UNEXPECTED_FILE'
  | 'TOO_MANY_FIELDS'
  /** A field's name or value too long, or a name with brackets. */
  | 'BAD_FIELD'
  /** Not multipart/form-data. */
  | 'NOT_A_FORM'
  /** In a Content-Encoding that is not read here. */
  | 'UNKNOWN_ENCODING'
  /** Not as RFC 7578 has it. */
  | 'MALFORMED'
  /** The sender went away in the middle of it; nobody is left to answer. */
  | 'SENDER_GONE'

/** The request is no form that can be taken. `field` names the part at fault, where there is one. */
export class FormRefused extends Error {
  override readonly name = 'FormRefused'
  readonly fault: FormFault
  readonly field: string | undefined
  constructor(
    fault: FormFault,
    message: string,
    options: { field?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.fault = fault
    this.field = options.field
  }
}

const fieldLimits = { files: 1, fields: 20, fieldNameSize: 100, fieldSize: 16 * 1024, fieldNestingDepth: 0 }
/** More than the fields and the headers of all parts can come to. */
const formOverhead = fieldLimits.fields * (fieldLimits.fieldSize + 1024)

const multerFaults: Record<string, { fault: FormFault; message: string }> = {
  LIMIT_FILE_COUNT: { fault: 'UNEXPECTED_FILE', message: 'Send one file' },
  LIMIT_UNEXPECTED_FILE: { fault: 'UNEXPECTED_FILE', message: 'Send one file, in the part `file`' },
  LIMIT_FIELD_COUNT: { fault: 'TOO_MANY_FIELDS', message: 'Too many fields' },
  LIMIT_FIELD_KEY: { fault: 'BAD_FIELD', message: "The field's name is too long" },
  LIMIT_FIELD_VALUE: { fault: 'BAD_FIELD', message: "The field's value is too long" },
  LIMIT_FIELD_NESTING: { fault: 'BAD_FIELD', message: "The field's name must have no brackets" },
  INVALID_FIELD_NAME: { fault: 'BAD_FIELD', message: "The field's name cannot be used" },
  MISSING_FIELD_NAME: { fault: 'MALFORMED', message: 'A part has no name' },
}

const tooLarge = (fileLimit: number): FormRefused =>
  new FormRefused('FILE_TOO_LARGE', `A file may have up to ${fileLimit} bytes`, { field: 'file' })

/** What multer and its parser throw, as ours. Their other errors all say that the form cannot be read. */
const refusalOf = (error: unknown, request: Request): unknown => {
  if (request.destroyed && !request.complete)
    return new FormRefused('SENDER_GONE', 'The sender has gone', { cause: error })
  const known = error instanceof MulterError ? multerFaults[error.code] : undefined
  if (known)
    return new FormRefused(known.fault, known.message, { field: (error as MulterError).field, cause: error })
  const ended = error instanceof Error && error.message.startsWith('Unexpected end of')
  const message = ended ? 'The form ended before it was complete' : 'The body cannot be read as a form'
  return new FormRefused('MALFORMED', message, { cause: error })
}

/** multer's storage engine for one request: brings its one file into staging, and throws it away when asked. */
class Staging implements multer.StorageEngine {
  file: ReceivedFile | undefined
  /** Set once the file is over the limit; what multer and its parser say of it then depends on their timing. */
  overLimit = false
  /** What went wrong with the file, told as soon as nothing of it is left. */
  readonly failed: Promise<never>
  readonly #options: ReceiveOptions
  #fail: (error: unknown) => void = () => undefined
  #arrival: Promise<void> = Promise.resolve()

  constructor(options: ReceiveOptions) {
    this.#options = options
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.failed.catch(() => undefined)
  }

  _handleFile(request: Request, part: Express.Multer.File, done: (error?: unknown) => void): void {
    this.#arrival = this.#receive(request, part).then(
      () => done(null),
      (error: unknown) => {
        this.#fail(error)
        done(error)
      },
    )
  }

  _removeFile(_request: Request, _part: Express.Multer.File, done: (error: Error | null) => void): void {
    // `discard` does it, whatever multer's bookkeeping says.
    done(null)
  }

  async #receive(request: Request, part: Express.Multer.File): Promise<void> {
    const { storage, groupId, fileLimit } = this.#options
    part.stream.once('limit', () => {
      this.overLimit = true
      part.stream.destroy(tooLarge(fileLimit))
    })
    try {
      const staged = await storage.stage(groupId, part.stream)
      this.file = { staged, fileName: part.originalname, contentType: part.mimetype }
    } catch (error) {
      const ofTheStream = part.stream.errored !== null && !(error instanceof FormRefused)
      throw ofTheStream ? refusalOf(error, request) : error
    }
  }

  /** Waits until the file is out of the socket's hands and throws it away. */
  async discard(): Promise<void> {
    await this.#arrival
    await this.file?.staged.abort()
  }
}

/** multer's options, with the one that its types do not have yet. */
type FormOptions = multer.Options & { streamHandler?: (source: Readable, target: Writable) => void }

const formOptions = (request: Request, staging: Staging, fileLimit: number): FormOptions => {
  const options: FormOptions = {
    storage: staging,
    limits: { ...fieldLimits, fileSize: fileLimit },
    // Names are looked at whole later; multer's own way loses a file that is named "..".
    preservePath: true,
    defParamCharset: 'utf8',
  }
  const inflater = inflaterOf(request)?.()
  if (!inflater) return options
  const limit = fileLimit + formOverhead
  const streamHandler = (source: Readable, target: Writable) =>
    inflateInto({ source, inflater, target, limit, tooLarge: () => tooLarge(fileLimit) })
  return { ...options, streamHandler }
}

const parse = (request: Request, response: Response, options: FormOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    void multer(options).single('file')(request, response, (error?: unknown) => {
      if (error === undefined || error === null) resolve()
      else reject(error instanceof FormRefused ? error : (refusalOf(error, request) as Error))
    })
  })

/**
 * Reads the form, its file into `storage`, staged. A file over the limit is refused while it is still arriving.
 * @throws FormRefused, and what the storage throws; nothing is then kept of the file
 */
export const receiveForm = async (
  request: Request,
  response: Response,
  options: ReceiveOptions,
): Promise<ReceivedForm> => {
  const { fileLimit } = options
  if (Number(request.headers['content-length'] ?? 0) > fileLimit + formOverhead) throw tooLarge(fileLimit)
  if (request.is('multipart/form-data') === false)
    throw new FormRefused('NOT_A_FORM', 'The body must be multipart/form-data')
  if (inflaterOf(request) === undefined)
    throw new FormRefused('UNKNOWN_ENCODING', 'The body must be plain or in gzip, deflate or br')
  const staging = new Staging(options)
  try {
    await Promise.race([parse(request, response, formOptions(request, staging, fileLimit)), staging.failed])
  } catch (error) {
    await staging.discard()
    throw staging.overLimit ? tooLarge(fileLimit) : error
  }
  const sent = Object.entries((request.body ?? {}) as Record<string, unknown>)
  return {
    fields: Object.fromEntries(sent.filter(([, value]) => value !== '')),
    file: staging.file,
    [Symbol.asyncDispose]: () => staging.discard(),
  }
}
