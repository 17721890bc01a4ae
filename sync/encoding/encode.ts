/** Compressed answers: brotli at quality 4 where the caller takes it, else gzip. */
import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import Negotiator from 'negotiator'

/** Smaller answers fit into a packet as they are. */
const leastBytes = 1024
const maxRemembered = 500
const gzipLevel = 6

export type Encoding = 'br' | 'gzip' | 'identity'

const brotli = promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliCompress)
const gzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)

const encodings = ['br', 'gzip', 'identity']
/** Callers send few different headers. */
const remembered = new Map<string, Encoding>()

/** The encoding for an `Accept-Encoding`. */
export const negotiate = (accepts: string | undefined): Encoding => {
  if (accepts === undefined) return 'identity'
  const known = remembered.get(accepts)
  if (known) return known
  const negotiator = new Negotiator({ headers: { 'accept-encoding': accepts } }) as unknown as {
    encoding(available: readonly string[], options: { preferred: readonly string[] }): Encoding | undefined
  }
  const encoding = negotiator.encoding(encodings, { preferred: ['br', 'gzip'] }) ?? 'identity'
  if (remembered.size >= maxRemembered) remembered.clear()
  remembered.set(accepts, encoding)
  return encoding
}

/** What to send, how many bytes that are, and the `Content-Encoding` to name. */
export interface Encoded {
  /** A short text as it is: Node writes it together with the head of the answer, where bytes are a write of their own. */
  content: string | Buffer
  length: number
  encoding: Encoding
}

/** `content` as the caller takes it; as it is, and at once, where compressing does not pay. */
export const encode = (content: string | Buffer, accepts: string | undefined): Encoded | Promise<Encoded> => {
  const length = Buffer.byteLength(content)
  if (length < leastBytes) return { content, length, encoding: 'identity' }
  const encoding = negotiate(accepts)
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return encoding === 'identity' ? { content: bytes, length, encoding } : compressed(bytes, encoding)
}

const compressed = async (bytes: Buffer, encoding: Exclude<Encoding, 'identity'>): Promise<Encoded> => {
  const content =
    encoding === 'br'
      ? await brotli(bytes, brotliOptions(bytes.length))
      : await gzip(bytes, { level: gzipLevel })
  return { content, length: content.length, encoding }
}

/** Compresses an answer that is written as it comes to be; undefined for `identity`. */
export const encoder = (encoding: Encoding): (Transform & { flush(done: () => void): void }) | undefined => {
  switch (encoding) {
    case 'br':
      return zlib.createBrotliCompress(brotliOptions(0))
    case 'gzip':
      return zlib.createGzip({ level: gzipLevel })
    case 'identity':
      return undefined
  }
}

/** @param size of what is compressed, in bytes; 0 where nobody knows */
const brotliOptions = (size: number): zlib.BrotliOptions => ({
  params: {
    [zlib.constants.BROTLI_PARAM_MODE]: zlib.constants.BROTLI_MODE_TEXT,
    [zlib.constants.BROTLI_PARAM_QUALITY]: 4,
    [zlib.constants.BROTLI_PARAM_SIZE_HINT]: size,
    [zlib.constants.BROTLI_PARAM_LGWIN]: windowBits(size),
  },
})

/** A window that holds all of it. By default each answer, however small, takes one of 4 MB. */
const windowBits = (size: number): number =>
  Math.min(22, Math.max(16, size === 0 ? 18 : Math.ceil(Math.log2(size + 16))))
