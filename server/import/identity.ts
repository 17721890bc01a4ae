/**
 * Who a row is. Ids are derived from where the row comes from, never random, so that a second run finds its own
 * records instead of making them again.
 */
import { hash } from 'node:crypto'

/** Sets these ids apart from whatever else is derived by hashing; made once for this project. */
const namespace = '5f0a3c1e-9b7d-4e62-a1c4-8d2f7b60e913'
const variants = '89ab'

/** A UUID made of the parts (RFC 9562, version 8: of one's own making, by SHA-256); no part runs into the next. */
export const derivedUuid = (...parts: readonly (string | number)[]): string => {
  const hex = hash('sha256', JSON.stringify([namespace, ...parts]), 'hex')
  const variant = variants.charAt(Number.parseInt(hex.charAt(16), 16) & 3)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The file's row as a name to count occurrences of: its id where it has one, else its whole content. */
export const rowName = (id: string | undefined, cells: readonly string[]): string =>
  id === undefined ? `row:${JSON.stringify(cells)}` : `id:${id}`

/** A short key of a row's name, which may be long: 132 bits are enough for any file. */
export const shortKey = (name: string): string => hash('sha256', name, 'base64url').slice(0, 22)
