/**
 * Cursors of lists: where the next page begins, with a mark of the request that they came from, so that a list goes on
 * as it was begun or not at all. A mark is no secret: who makes one up is shown another place of a list that is theirs.
 * It needs no key either, so that a cursor is good on every server, and as long as anybody keeps it.
 */
import { createHash } from 'node:crypto'
import type { CallSpec } from '../contract/call.ts'
import { fail } from './problem.ts'
import type { ValidInput } from './validate.ts'

const markBytes = 9

/** Refuses a cursor. */
export const notOurs = (): never =>
  fail('INVALID_REQUEST', {
    errors: [
      {
        path: 'query.cursor',
        message:
          'is not from this list as it is asked for now; ask for the first page again, without a cursor',
      },
    ],
  })

interface Asked {
  call: string
  /** Of whose records the list is; null where the caller's group is not what says it. */
  groupId: number | null
  params: unknown
  /** The parameters that make it another list. */
  filters: [name: string, value: unknown][]
}

interface Page {
  nextCursor: string | null
}

/** One request for a page of a list. */
export class Walk {
  /** The query, with the place that its cursor names in the cursor's stead. */
  readonly query: object
  readonly #asked: Asked
  /** Since when the list tells what changed, '' where it is the whole. Only the first page has to be asked for with it. */
  readonly #since: string

  constructor(asked: Omit<Asked, 'filters'>, query: ListQuery) {
    const { cursor, limit: _anyLength, modifiedSince, ...filters } = query
    this.#asked = { ...asked, filters: Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1)) }
    if (cursor === undefined) {
      this.#since = modifiedSince ?? ''
      this.query = query
      return
    }
    const [since, place] = this.#read(cursor)
    if (modifiedSince !== undefined && modifiedSince !== since) notOurs()
    this.#since = since
    this.query = { ...query, cursor: place }
  }

  /** What a handler answers, with the cursor for the place that it names in the place's stead. */
  answerOf<T extends { body?: unknown }>(reply: T): T {
    const { body } = reply
    return isPage(body) && body.nextCursor !== null
      ? { ...reply, body: { ...body, nextCursor: this.#write(body.nextCursor) } }
      : reply
  }

  #write(place: string): string {
    const content = `${this.#since}\n${place}`
    return Buffer.concat([this.#markOf(content), Buffer.from(content)]).toString('base64url')
  }

  #read(cursor: string): [since: string, place: string] {
    const bytes = Buffer.from(cursor, 'base64url')
    const content = bytes.subarray(markBytes).toString()
    const end = content.indexOf('\n')
    const [since, place] = [content.slice(0, end), content.slice(end + 1)]
    const isOurs = bytes.subarray(0, markBytes).equals(this.#markOf(content))
    return isOurs && bytes.toString('base64url') === cursor ? [since, place] : notOurs()
  }

  #markOf(content: string): Buffer {
    const text = JSON.stringify([this.#asked, content])
    return createHash('sha256').update(text).digest().subarray(0, markBytes)
  }
}

interface ListQuery {
  cursor?: string | undefined
  limit?: number | undefined
  modifiedSince?: string | undefined
}

const isPage = (body: unknown): body is Page =>
  typeof body === 'object' && body !== null && 'nextCursor' in body

/** The walk of a request for a page; undefined where the call has none. */
export const walkOf = (
  { name, spec }: { name: string; spec: CallSpec },
  { params, query }: ValidInput,
  groupId: number | null,
): Walk | undefined =>
  spec.query && 'cursor' in spec.query.shape
    ? new Walk({ call: name, groupId, params }, query as ListQuery)
    : undefined
