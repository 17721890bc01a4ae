/** A request's body: collected within its limit, inflated where it came compressed, and parsed as JSON. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Readable, Transform } from 'node:stream'
import zlib from 'node:zlib'
import { parseJson } from './json.ts'
import { fail, ProblemError } from './problem.ts'

/** The caller went away in the middle of the body; nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

const inflaters: Readonly<Record<string, () => Transform>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
}

const jsonType = /^application\/(?:json|[\w.!#$&^-]+\+json)\s*(?:;|$)/i
const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i

const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

/**
 * The JSON of a request's body, or undefined where it has none.
 * @param limit bytes, of the inflated body
 */
export const readJson = async (request: IncomingMessage, limit: number): Promise<unknown> => {
  if (!hasBody(request)) return undefined
  checkType(request.headers['content-type'] ?? '')
  const inflater = inflaterOf(request)
  if (!inflater && Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  const bytes = await collect(request, { inflater, limit })
  if (!isUtf8(bytes)) return fail('MALFORMED_JSON', { detail: 'The body is not valid UTF-8.' })
  return parseJson(bytes)
}

const checkType = (contentType: string): void => {
  const named = charset.exec(contentType)?.[1]?.toLowerCase()
  if (!jsonType.test(contentType))
    fail('UNSUPPORTED_MEDIA_TYPE', { detail: 'Send the body as application/json.' })
  if (named !== undefined && named !== 'utf-8' && named !== 'utf8' && named !== 'us-ascii')
    fail('UNSUPPORTED_MEDIA_TYPE', { detail: 'Send the body in UTF-8.' })
}

const inflaterOf = (request: IncomingMessage): Transform | undefined => {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === '') return undefined
  const make = Object.hasOwn(inflaters, encoding) ? inflaters[encoding] : undefined
  return make ? make() : fail('UNSUPPORTED_ENCODING')
}

const mebibyte = 1024 * 1024
const sizeInWords = (bytes: number): string =>
  bytes % mebibyte === 0 ? `${bytes / mebibyte} MiB` : `${bytes} bytes`

const tooLarge = (limit: number): ProblemError =>
  new ProblemError('BODY_TOO_LARGE', { detail: `The body, inflated, is larger than ${sizeInWords(limit)}.` })

const notInflatable = (cause: Error): ProblemError =>
  new ProblemError('INVALID_REQUEST', {
    detail: 'The body could not be inflated: it is not what Content-Encoding says.',
    cause,
  })

interface CollectOptions {
  inflater: Transform | undefined
  limit: number
}

/** What is over the limit is not kept. The rest of the request is left to Node, which reads and forgets it. */
const collect = (request: IncomingMessage, { inflater, limit }: CollectOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const source: Readable = inflater ? request.pipe(inflater) : request
    const chunks: Buffer[] = []
    let size = 0
    const settle = (end: () => void): void => {
      source.off('data', onData)
      request.off('close', onClose)
      if (inflater) {
        request.unpipe(inflater)
        inflater.destroy()
      }
      request.resume()
      end()
    }
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else settle(() => reject(tooLarge(limit)))
    }
    const onClose = (): void => {
      if (!request.complete) settle(() => reject(new ClientGone('The caller has gone')))
    }
    source.on('data', onData)
    source.on('end', () => settle(() => resolve(Buffer.concat(chunks, size))))
    request.on('close', onClose)
    request.on('error', (cause) => settle(() => reject(new ClientGone('The caller has gone', { cause }))))
    inflater?.on('error', (cause) => settle(() => reject(notInflatable(cause))))
  })
