/** A request's body without its Content-Encoding. */
import type { Request } from 'express'
import type { Readable, Transform, Writable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

const inflaters: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** Makes what undoes the body’s Content-Encoding; null where it is plain, undefined where it cannot be read here. */
export const inflaterOf = (request: Request): (() => Transform) | null | undefined => {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  return encoding === 'identity' ? null : inflaters[encoding]
}

/**
 * Leads `source` through `inflater` into `target`, never faster than that takes it, and ends `target` with an
 * error where the body cannot be read or inflates to more than `limit` bytes.
 */
export const inflateInto = (options: {
  source: Readable
  inflater: Transform
  target: Writable
  limit: number
  tooLarge: () => Error
}): void => {
  const { source, inflater, target, limit, tooLarge } = options
  let size = 0
  inflater.on('error', (error) => target.destroy(error))
  inflater.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > limit) inflater.destroy(tooLarge())
  })
  target.once('close', () => inflater.destroy())
  source.pipe(inflater).pipe(target)
}
