/** What ClientLink's lists have in common. */
import { z } from 'zod'
import { instant } from '../../sync/contract/fields.ts'
import { gone } from './client-link-shapes.ts'
import { cursor, limit } from './query.ts'

export const customer = { kind: 'user', roles: ['customer'] } as const

/** The query of every list here. */
export const page = { modifiedSince: instant.optional(), cursor, limit }

export const listed = <T extends z.ZodType>(description: string, item: T) => ({
  200: {
    description,
    body: z.object({ items: z.array(z.union([item, gone])), nextCursor: z.string().nullable() }),
  },
})

export const ofAllGroups =
  'Of all groups that the account is linked to with a client record and this key may see. '
export const changes =
  ' With `modifiedSince`: what changed since, in order of change, and what is the customer’s no more as `{id, ' +
  'deleted: true, modifiedAt}`; keep the last `nextCursor` for the changes to come. ' +
  'When the account’s links have changed, a cursor is refused: begin again without.'
