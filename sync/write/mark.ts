/** A short mark of a value's content, for telling a repetition from something new. */
import { hash } from 'node:crypto'

/**
 * @param value in the key order that its schema gives: the same value in another order has another mark, and is
 *   then compared field by field
 * @returns 32 hex digits
 */
export const markOf = (value: unknown): string => hash('md5', JSON.stringify(value) ?? '')
