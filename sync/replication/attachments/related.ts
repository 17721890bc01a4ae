/** Bodies of several parts (RFC 2046, section 5.1): a document, and the bytes of its attachments behind it (RFC 2387). */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { BATCH_BYTES, parseBytes, readBytes } from '../body.ts'
import type { ProtocolError } from '../errors.ts'
import { badRequest } from '../errors.ts'
import type { Attachments, IncomingAttachment } from './incoming.ts'

interface Part {
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>
  data: Buffer
}

const inflate = promisify(gunzip)
const MOST_PARTS = 10_000
const cut = (): ProtocolError => badRequest('The multipart body is not complete, or not as RFC 2046 has it.')

export const isMultipart = (request: IncomingMessage): boolean =>
  /^multipart\//i.test(request.headers['content-type'] ?? '')

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw badRequest('The Content-Type names no boundary.')
  return boundary
}

/** The parts of a body; what stands before the first and behind the last means nothing. */
export function partsIn(body: Buffer, boundary: string): Part[] {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  const parts: Part[] = []
  // The first delimiter may stand at the very beginning, without a line's end before it.
  let at = body.indexOf(delimiter.subarray(2))
  if (at < 0) throw cut()
  at += delimiter.length - 2
  for (;;) {
    if (body.subarray(at, at + 2).toString('latin1') === '--') return parts
    const line = body.indexOf('\r\n', at)
    const end = body.indexOf(delimiter, line)
    if (line < 0 || end < 0 || parts.length >= MOST_PARTS) throw cut()
    parts.push(partOf(body.subarray(line + 2, Math.max(end, line + 2))))
    at = end + delimiter.length
  }
}

function partOf(bytes: Buffer): Part {
  // A part without headers begins with the empty line.
  const empty = bytes.subarray(0, 2).toString('latin1') === '\r\n'
  const end = empty ? 0 : bytes.indexOf('\r\n\r\n')
  if (end < 0) throw cut()
  const lines = bytes.subarray(0, end).toString('utf8').split('\r\n')
  const headers = lines.flatMap((line): [string, string][] => {
    const colon = line.indexOf(':')
    return colon < 0 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]]
  })
  return { headers: new Map(headers), data: bytes.subarray(end + (empty ? 2 : 4)) }
}

/** The document of a multipart/related body, and the parts behind it. */
export async function readRelated(request: IncomingMessage): Promise<{ json: unknown; parts: Part[] }> {
  const boundary = boundaryOf(request.headers['content-type'] ?? '')
  const [document, ...parts] = partsIn(await readBytes(request, BATCH_BYTES), boundary)
  if (!document) throw cut()
  return { json: parseBytes(document.data), parts }
}

const nameOf = ({ headers }: Part): string | undefined =>
  /;\s*filename="((?:[^"\\]|\\.)*)"/i.exec(headers.get('content-disposition') ?? '')?.[1]

/** The attachments with the bytes that followed: by the parts' names where all have one, else in their order. */
export async function filled(attachments: Attachments, parts: readonly Part[]): Promise<Attachments> {
  const names = [...attachments].flatMap(([name, { kind }]) => (kind === 'follows' ? [name] : []))
  if (names.length !== parts.length) throw badRequest('The parts are not the attachments that follow.')
  const named = new Map(parts.flatMap((part): [string, Part][] => [[nameOf(part) ?? '', part]]))
  const byName = names.every((name) => named.has(name))
  const found = new Map(names.map((name, at) => [name, byName ? named.get(name) : parts[at]]))
  const entries = [...attachments].map(async ([name, one]): Promise<[string, IncomingAttachment]> => {
    const part = found.get(name)
    if (one.kind !== 'follows' || !part) return [name, one]
    if (one.length !== undefined && one.length !== part.data.length)
      throw badRequest(`The attachment ${name} is not as long as it was said to be.`)
    const data = one.gzip ? await inflated(name, part.data) : part.data
    return [name, { kind: 'bytes', contentType: one.contentType, data, revpos: one.revpos }]
  })
  return new Map(await Promise.all(entries))
}

async function inflated(name: string, data: Buffer): Promise<Buffer> {
  try {
    return await inflate(data, { maxOutputLength: BATCH_BYTES })
  } catch {
    throw badRequest(`The attachment ${name} is not gzip, or too large.`)
  }
}
