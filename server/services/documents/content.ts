/** GET /v2/mobile/documents/{documentId}/content */
import { create as contentDisposition } from 'content-disposition'
import type { Request, Response } from 'express'
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FileMissing, type FileAddress, type FileStorage } from '../../../uploads/storage/port.ts'
import type { Api } from '../../contract/api.ts'
import { streamed, type Handler } from '../../http/handler.ts'
import { partsOf, verdict, type Part } from '../../http/conditions.ts'
import { fileOf, findDocument, type DocumentFile } from './find.ts'
import { safety } from './safety.ts'

const headersOf = ({ sha256, storedAt, fileName }: DocumentFile): Record<string, string> => ({
  ...safety,
  'Cache-Control': 'private, no-cache',
  ETag: `"${sha256}"`,
  'Last-Modified': new Date(storedAt).toUTCString(),
  'Accept-Ranges': 'bytes',
  'Content-Disposition': contentDisposition(fileName, { type: 'attachment' }),
})

/** A type that a browser would render is sent as bytes. */
const rendered =
  /^(?:text\/html|application\/xhtml|image\/svg|text\/xml|application\/xml|application\/javascript)/
const shownType = ({ contentType }: DocumentFile): string => {
  if (rendered.test(contentType)) return 'application/octet-stream'
  return contentType.startsWith('text/') ? `${contentType}; charset=utf-8` : contentType
}

export const documentContent: Handler<Api['documentContent']> = async (input, app) => {
  const { doc } = await findDocument(input, app)
  const file = fileOf(doc, input.query.version)
  if (!file || doc.purgedAt) return input.fail('NOT_FOUND')
  const { request, response } = input
  const selected = { etag: `"${file.sha256}"`, modifiedAt: Date.parse(file.storedAt) }
  const found = verdict(request.headers, selected)
  const headers = headersOf(file)
  if (found === 'failed') return input.fail('PRECONDITION_FAILED')
  if (found === 'unchanged') return { status: 304, headers }
  // Ranges are of GET alone (RFC 9110, section 14.2).
  const parts = request.method === 'GET' ? partsOf(request.headers, selected, file.size) : undefined
  if (parts?.length === 0)
    return input.fail('RANGE_NOT_SATISFIABLE', { headers: { 'Content-Range': `bytes */${file.size}` } })
  const address = { groupId: input.caller.user.groupId, sha256: file.sha256 }
  try {
    await send({ request, response, files: app.files }, { address, file, parts, headers })
  } catch (error) {
    if (error instanceof FileMissing)
      return input.fail('FILE_MISSING', { retryAfterSeconds: 60, cause: error })
    throw error
  }
  return streamed
}

interface Exchange {
  request: Request
  response: Response
  files: FileStorage
}
interface Sending {
  address: FileAddress
  file: DocumentFile
  parts: Part[] | undefined
  headers: Record<string, string>
}

const send = async ({ request, response, files }: Exchange, sending: Sending): Promise<void> => {
  const { address, file, parts, headers } = sending
  const [only] = parts ?? []
  const type = shownType(file)
  if (parts && parts.length > 1)
    return await sendParts({ request, response, files }, { ...sending, parts }, type)
  const range = only ? { 'Content-Range': `bytes ${only.start}-${only.end}/${file.size}` } : {}
  const length = only ? only.end - only.start + 1 : file.size
  const all = { ...headers, ...range, 'Content-Type': type, 'Content-Length': String(length) }
  const bytes = await files.open(address, only)
  response.writeHead(only ? 206 : 200, all)
  if (request.method === 'HEAD') {
    bytes.destroy()
    response.end()
  } else await deliver(bytes, response)
}

/** Several parts: multipart/byteranges (RFC 9110, section 14.6). */
const sendParts = async (
  { response, files }: Exchange,
  { address, file, parts, headers }: Sending & { parts: Part[] },
  type: string,
): Promise<void> => {
  if (!(await files.stat(address))) throw new FileMissing('There is no such file.')
  const boundary = randomUUID()
  const head = ({ start, end }: Part): string =>
    `--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: bytes ${start}-${end}/${file.size}\r\n\r\n`
  const end = `--${boundary}--\r\n`
  const length = parts.reduce(
    (sum, part) => sum + Buffer.byteLength(head(part)) + (part.end - part.start + 1) + 2,
    Buffer.byteLength(end),
  )
  const multipart = `multipart/byteranges; boundary=${boundary}`
  response.writeHead(206, { ...headers, 'Content-Type': multipart, 'Content-Length': String(length) })
  const bytes = async function* () {
    for (const part of parts) {
      yield Buffer.from(head(part))
      yield* (await files.open(address, part)) as AsyncIterable<Buffer>
      yield Buffer.from('\r\n')
    }
    yield Buffer.from(end)
  }
  await deliver(Readable.from(bytes()), response)
}

/** A reader that leaves in the middle is nobody's fault. */
const deliver = async (bytes: Readable, response: Response): Promise<void> => {
  try {
    await pipeline(bytes, response)
  } catch (error) {
    const left = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (!left) throw error
  }
}
