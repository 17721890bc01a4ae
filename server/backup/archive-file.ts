/**
 * A backup as a file: a line that says what it is, a line of JSON, then blocks of up to 1 MiB of its frames.
 *
 *     vetspace-backup 1
 *     {"id": …, "cipher": …}
 *     [length: 4 bytes] [flags: 1 byte] [bytes, compressed where that pays]     … the last block says that it is the last
 *
 * Encrypted, flags and bytes of a block are sealed by AES-256-GCM with its number and whether it is the last as the
 * nonce, and the digest of the two lines beside it (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár):
 * no block can be changed, left out, moved or taken from another file. The key is made from the passphrase by scrypt
 * with a salt of the file's own, so no key is used for two files.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import { z } from 'zod'
import { ArchiveDamaged } from './archive-damaged.ts'

export const magic = 'vetspace-backup 1\n'
export const blockBytes = 1024 * 1024
/** Largest block as it stands in the file. */
export const mostBlockBytes = blockBytes + 64
const compressed = 1
const last = 2
const tagBytes = 16
const saltBytes = 32
/** 128 MiB and half a second of a processor for each guess. */
const kdf = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 }
/** What of a block is tried, before all of it is compressed. */
const sampleBytes = 32 * 1024
const pays = 0.95

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)
const derive = promisify<string, Buffer, number, typeof kdf, Buffer>(scrypt)

const cipherShape = z.strictObject({
  name: z.literal('aes-256-gcm'),
  kdf: z.literal('scrypt'),
  N: z.literal(kdf.N),
  r: z.literal(kdf.r),
  p: z.literal(kdf.p),
  salt: z.base64(),
  /** Tells a wrong passphrase from a damaged file. */
  check: z.base64(),
})
const headerShape = z.strictObject({ cipher: cipherShape.nullable() })

/** The wrong passphrase, or none where one is needed. */
export class PassphraseWrong extends Error {
  override readonly name = 'PassphraseWrong'
}

/** Seals and opens the blocks of one file. */
export interface Sealer {
  /** The lines that the file begins with. */
  readonly head: Buffer
  seal(block: Buffer, at: number, isLast: boolean): Buffer
  open(sealed: Buffer, at: number, isLast: boolean): Buffer
}

const plainSealer = (head: Buffer): Sealer => ({ head, seal: (block) => block, open: (block) => block })

const nonceOf = (at: number, isLast: boolean): Buffer => {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(at, 7)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

const sealerWith = (key: Buffer, head: Buffer): Sealer => {
  const blockKey = Buffer.from(hkdfSync('sha256', key, '', 'vetspace backup blocks', 32))
  const beside = createHash('sha256').update(head).digest()
  return {
    head,
    seal(block, at, isLast) {
      const cipher = createCipheriv('aes-256-gcm', blockKey, nonceOf(at, isLast)).setAAD(beside)
      return Buffer.concat([cipher.update(block), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, at, isLast) {
      const end = sealed.length - tagBytes
      const decipher = createDecipheriv('aes-256-gcm', blockKey, nonceOf(at, isLast)).setAAD(beside)
      decipher.setAuthTag(sealed.subarray(Math.max(0, end)))
      return Buffer.concat([decipher.update(sealed.subarray(0, Math.max(0, end))), decipher.final()])
    },
  }
}

const headOf = (header: z.infer<typeof headerShape>): Buffer =>
  Buffer.from(`${magic}${JSON.stringify(header)}\n`)

const checkOf = (key: Buffer): string =>
  Buffer.from(hkdfSync('sha256', key, '', 'vetspace backup check', 16)).toString('base64')

/** For a new file. */
export const newSealer = async (passphrase: string | undefined): Promise<Sealer> => {
  if (passphrase === undefined) return plainSealer(headOf({ cipher: null }))
  const salt = randomBytes(saltBytes)
  const key = await derive(passphrase.normalize('NFKC'), salt, 32, kdf)
  const { N, r, p } = kdf
  const cipher = {
    name: 'aes-256-gcm',
    kdf: 'scrypt',
    N,
    r,
    p,
    salt: salt.toString('base64'),
    check: checkOf(key),
  } as const
  return sealerWith(key, headOf({ cipher }))
}

/** For a file that begins with `head`. @throws ArchiveDamaged, PassphraseWrong */
export const sealerFor = async (head: Buffer, passphrase: string | undefined): Promise<Sealer> => {
  const text = head.toString()
  let header: unknown
  try {
    header = JSON.parse(text.slice(magic.length))
  } catch {
    header = undefined
  }
  const known = headerShape.safeParse(header)
  if (!text.startsWith(magic) || !known.success)
    throw new ArchiveDamaged('This is no backup of ours, or its first lines are damaged.')
  const { cipher } = known.data
  if (!cipher) return plainSealer(head)
  if (passphrase === undefined)
    throw new PassphraseWrong('The backup is encrypted: --passphrase-file is needed.')
  const key = await derive(passphrase.normalize('NFKC'), Buffer.from(cipher.salt, 'base64'), 32, kdf)
  if (checkOf(key) !== cipher.check)
    throw new PassphraseWrong('The passphrase is not the one that the backup was made with.')
  return sealerWith(key, head)
}

const quick = (bytes: Buffer): Promise<Buffer> =>
  compress(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 1,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      [constants.BROTLI_PARAM_LGWIN]: 20,
    },
  })

/** Flags and bytes of a block, compressed where a part of it shows that it pays: photographs are so already. */
export const packed = async (bytes: Buffer, isLast: boolean): Promise<Buffer> => {
  const sample = bytes.subarray(0, sampleBytes)
  const worth = (await quick(sample)).length < sample.length * pays
  const small = worth ? await quick(bytes) : bytes
  const shorter = small.length < bytes.length
  const flags = (shorter ? compressed : 0) | (isLast ? last : 0)
  return Buffer.concat([Buffer.from([flags]), shorter ? small : bytes])
}

/** @throws ArchiveDamaged */
export const unpacked = async (block: Buffer, isLast: boolean): Promise<Buffer> => {
  const flags = block[0] ?? 0xff
  if (flags > (compressed | last) || ((flags & last) !== 0) !== isLast)
    throw new ArchiveDamaged('The backup is damaged, or cut short.')
  const bytes = block.subarray(1)
  if ((flags & compressed) === 0) return bytes
  try {
    return await decompress(bytes, { maxOutputLength: blockBytes })
  } catch (cause) {
    throw new ArchiveDamaged('The backup is damaged: a part of it cannot be inflated.', { cause })
  }
}
