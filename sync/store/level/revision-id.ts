import { hash } from 'node:crypto'
import { generationOf } from '../prepared.ts'

/**
 * The revision that replaces `parent`. It depends on nothing but the parent, the deletion and the body's bytes, so the same
 * write done on two stores is one revision and no conflict; as CouchDB's, it takes note of the order of the fields.
 */
export function nextRevision(parent: string | undefined, deleted: boolean, body: string): string {
  const generation = parent === undefined ? 1 : generationOf(parent) + 1
  return `${generation}-${hash('md5', `${parent ?? ''},${deleted ? 1 : 0},${body}`)}`
}
