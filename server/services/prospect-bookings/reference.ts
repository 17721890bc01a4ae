/**
 * A booking's reference: the group's number and 130 random bits. It is all that a prospect has to show, so the store
 * holds its hash alone.
 */
import { createHash, randomBytes } from 'node:crypto'

/** Without the letters that are taken for digits. */
const letters = '0123456789abcdefghjkmnpqrstvwxyz'
const length = 26
const shape = new RegExp(`^(\\d{1,10})-[${letters}]{${length}}$`)

export const newReference = (groupId: number): string =>
  `${groupId}-${[...randomBytes(length)].map((byte) => letters[byte & 31]).join('')}`

/** The group that a reference names; undefined where it is none of ours. */
export const groupOfReference = (reference: string): number | undefined => {
  const [, digits] = shape.exec(reference) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** Under which a booking is found. */
export const referenceKey = (reference: string): string =>
  createHash('sha256').update(reference).digest('hex').slice(0, 40)
