/**
 * Lists over all groups of a customer: whole, or what changed since a time. They read what is the customer's, found by
 * the index, never more; so they need no place in a group's order of changes, and a cursor holds on every server.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { fail } from '../../http/problem.ts'
import { placeOf } from '../list-place.ts'
import { slackMs, toldMarks, toldWith, wasTold } from './told-lately.ts'
import type { Owned } from './owned.ts'

export interface Row<T> {
  /** Where it stands in the whole list. */
  order: string
  id: string
  modifiedAt: string
  item: T
}

/** A record that is the customer's no more. */
export interface Gone {
  id: string
  deleted: true
  modifiedAt: string
}

interface ListQuery {
  modifiedSince?: string | undefined
  cursor?: string | undefined
  limit: number
}

const cursorShape = z.object({
  mode: z.enum(['list', 'since']),
  /** The place behind which the page begins. */
  after: z.string(),
  /** Where the changes after this round of pages begin; '' in a cursor that begins a round. */
  next: z.string(),
  /** The account's links that the list is of. */
  links: z.string(),
  /** Of changes: those of the last minutes that were told. */
  told: toldMarks.default(''),
})
type Cursor = z.infer<typeof cursorShape>

const write = (cursor: Cursor): string => JSON.stringify(cursor)

const linksOf = (owned: readonly Owned[]): string =>
  createHash('sha256')
    .update(JSON.stringify(owned.map(({ linkId, clientId }) => [linkId, clientId]).sort()))
    .digest('base64url')
    .slice(0, 12)

/** Fails with INVALID_REQUEST where the cursor is of other links. */
const withLinks = (found: Cursor, links: string): Cursor =>
  found.links === links
    ? found
    : fail('INVALID_REQUEST', {
        errors: [
          {
            path: 'query.cursor',
            message:
              'is of other links than the account has now; ask for the first page again, without a cursor',
          },
        ],
      })

export interface ListRequest<T> {
  owned: readonly Owned[]
  query: ListQuery
  /** ms since the epoch */
  now: number
  rows: readonly Row<T>[]
  /** What is the customer's no more; asked for where the list is of changes. */
  gone: () => Promise<readonly Gone[]>
}

/** A page. Fails with INVALID_REQUEST where the cursor is not one of this list's. */
export const pageOf = async <T extends object>(
  request: ListRequest<T>,
): Promise<{ items: (T | Gone)[]; nextCursor: string | null }> => {
  const { owned, query, now, rows, gone } = request
  const links = linksOf(owned)
  const next = new Date(now - slackMs).toISOString()
  const begin: Cursor =
    query.modifiedSince === undefined
      ? { mode: 'list', after: '', next, links, told: '' }
      : { mode: 'since', after: new Date(query.modifiedSince).toISOString(), ...{ next, links, told: '' } }
  const given = withLinks(placeOf(query.cursor, cursorShape) ?? begin, links)
  const place = given.next === '' ? { ...given, next } : given
  const all =
    place.mode === 'list'
      ? rows.map(({ order, id, item }) => ({ at: `${order}\u0000${id}`, item }))
      : [
          ...rows.map(({ id, modifiedAt, item }) => ({ id, modifiedAt, item })),
          ...(await gone()).map(asRow),
        ].map(({ id, modifiedAt, item }) => ({ at: `${modifiedAt}\u0000${id}`, item }))
  const isKnown = wasTold(place.told)
  const rest = all
    .filter(({ at, item }) => at > place.after && !isKnown(changeOf(at, item)))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
  const shown = rest.slice(0, query.limit)
  const items = shown.map(({ item }) => item)
  const last = shown.at(-1)
  const told =
    place.mode === 'list'
      ? ''
      : toldWith(
          place.told,
          shown.map(({ at, item }) => changeOf(at, item)),
          now,
        )
  if (rest.length > shown.length && last)
    return { items, nextCursor: write({ ...place, told, after: last.at }) }
  // The next changes begin before the end of these, for what lands late.
  return {
    items,
    nextCursor: place.mode === 'list' ? null : write({ ...place, told, after: place.next, next: '' }),
  }
}

const changeOf = (at: string, item: object): string =>
  `${at}\u0000${'revision' in item ? String(item.revision) : ''}`

const asRow = (item: Gone): { id: string; modifiedAt: string; item: Gone } => ({
  id: item.id,
  modifiedAt: item.modifiedAt,
  item,
})
