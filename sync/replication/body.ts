import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { badRequest, ProtocolError } from './errors.ts'
import { parseJson } from './parameters.ts'

/** CouchDB's `max_document_size`. */
export const DOCUMENT_BYTES = 8_000_000
/** A batch of documents; CouchDB's replicator sends at most 64 MB at once. */
export const BATCH_BYTES = 64 * 1024 * 1024
// What works on a document later is recursive.
const MAX_DEPTH = 1000

const QUOTE = 0x22
const BACKSLASH = 0x5c

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Refuses a body that is not said to be JSON; `PUT {db}/{docid}` does not ask for that, as with CouchDB. */
export function requireJson(request: IncomingMessage): void {
  if (/^application\/(?:json|x-www-form-urlencoded)\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
    return
  throw new ProtocolError(415, 'bad_content_type', 'Content-Type must be application/json')
}

/** The JSON of a request's body. */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  return parseBytes(await readBytes(request, limit))
}

/** The JSON in bytes from outside. */
export function parseBytes(bytes: Buffer): unknown {
  if (!isUtf8(bytes) || tooDeep(bytes)) throw badRequest('invalid UTF-8 JSON')
  return parseJson(bytes.toString('utf8'))
}

/**
 * As `readJson`, for a POST that takes an object.
 * @param empty what no body at all stands for, where that is no fault
 */
export async function readObject(
  request: IncomingMessage,
  limit: number,
  empty?: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  requireJson(request)
  const bytes = await readBytes(request, limit)
  if (empty && bytes.length === 0) return empty
  const value = parseBytes(bytes)
  if (!isObject(value)) throw badRequest('Request body must be a JSON object')
  return value
}

/** The bytes of a body, inflated where they came compressed. What goes beyond the limit is not kept. */
export async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new ProtocolError(415, 'bad_ctype', `${encoding} is not a supported content encoding.`)
  }
  const source: Readable = encoding === 'gzip' ? request.pipe(createGunzip()) : request
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer
      size += bytes.length
      if (size > limit) break
      chunks.push(bytes)
    }
  } catch {
    throw badRequest('The body was cut short, or is not what Content-Encoding says.')
  }
  if (size > limit) {
    request.unpipe()
    request.resume()
    throw new ProtocolError(413, limit === DOCUMENT_BYTES ? 'document_too_large' : 'too_large', '')
  }
  return Buffer.concat(chunks, size)
}

/** Whether brackets nest too deep, those in strings left out. */
function tooDeep(bytes: Buffer): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) return true
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return false
}
