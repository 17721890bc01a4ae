/** The code of an entry of a list, by its name. Pure. */
import { hashUuid } from '../../sync/merge/hash.ts'

/** `A friend or neighbour` → `a-friend-or-neighbour` */
export const codeOf = (name: string): string => {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const code = plain.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
  return code === '' ? hashUuid(name) : code
}
