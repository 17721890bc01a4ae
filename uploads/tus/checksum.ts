/** `Upload-Checksum` (tus 1.0, checksum extension): the digest of the bytes of one request. */
import { createHash, timingSafeEqual } from 'node:crypto'

/** By the names of `Tus-Checksum-Algorithm`. */
export const checksumAlgorithms = ['sha1', 'sha256', 'sha512', 'md5'] as const
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]

export interface Checksum {
  algorithm: ChecksumAlgorithm
  digest: Buffer
}

/** Undefined where the header is none, null where it names no algorithm of ours or no digest. */
export const parseChecksum = (header: string | null): Checksum | null | undefined => {
  if (header === null) return undefined
  const [name, encoded, ...rest] = header.trim().split(' ')
  const algorithm = checksumAlgorithms.find((known) => known === name)
  if (!algorithm || encoded === undefined || rest.length > 0) return null
  const digest = Buffer.from(encoded, 'base64')
  return digest.length === createHash(algorithm).digest().length ? { algorithm, digest } : null
}

/** Bytes as they pass, and whether all of them had the digest. */
export const checking = (
  bytes: AsyncIterable<Uint8Array>,
  checksum: Checksum,
): { bytes: AsyncIterable<Uint8Array>; matches: () => boolean } => {
  const hash = createHash(checksum.algorithm)
  return {
    bytes: (async function* () {
      for await (const chunk of bytes) {
        hash.update(chunk)
        yield chunk
      }
    })(),
    matches: () => timingSafeEqual(hash.digest(), checksum.digest),
  }
}
