/** GET and PUT /v2/clientLink/myDetails */
import { randomUUID } from 'node:crypto'
import { same } from '../../../sync/merge/canonical.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import type { Api } from '../../contract/api.ts'
import type { BodyOf } from '../../contract/call.ts'
import type { Handler, Input } from '../../http/handler.ts'
import { ownedBy, type Owned } from './owned.ts'
import { contactShown } from './shown.ts'

type Put = Api['updateMyDetails']

export const myDetails: Handler<Api['myDetails']> = async (input, app) => {
  const found = await app.accounts.globalAccounts.find(input.caller.user.userId)
  if (!found) return input.fail('NOT_FOUND', { detail: 'This user has no global account.' })
  const { globalAccountId, email, title, firstName, lastName, mobile } = found
  const owned = await ownedBy(app, input.caller)
  const account = { globalAccountId, email, title, firstName, lastName, mobile }
  return { status: 200, body: { account, details: owned.map((mine) => contactShown(mine, mine.client)) } }
}

export const updateMyDetails: Handler<Put> = async (input, app) => {
  const { groupId } = input.body
  if (input.ifMatch !== undefined && groupId === undefined)
    return input.fail('INVALID_REQUEST', {
      errors: [{ path: 'groupId', message: 'is required with If-Match: a revision is of one record' }],
    })
  const all = await ownedBy(app, input.caller)
  const owned = groupId === undefined ? all : all.filter(({ group }) => group.groupId === groupId)
  if (owned.length === 0) return input.fail('NOT_FOUND', { detail: 'You are not a client of this group.' })
  for (const mine of owned)
    if (input.ifMatch?.includes(mine.client._rev) === false)
      return input.fail('STALE_REVISION', { extra: { record: contactShown(mine, mine.client) } })
  const details = await Promise.all(owned.map((mine) => change(input, mine)))
  return { status: 200, body: { details } }
}

/** Only what is other than the record has it: the same again changes nothing. */
const changesOf = ({ groupId, ...fields }: BodyOf<Put>, client: StoredDoc) =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([field, to]) => to !== undefined && !same(client[field] ?? null, to))
      .map(([field, to]) => [field, { from: client[field] ?? null, to }]),
  )

const change = async (input: Input<Put>, mine: Owned) => {
  const { group, client, clientId } = mine
  const changes = changesOf(input.body, client)
  if (Object.keys(changes).length === 0) return contactShown(mine, client)
  const at = input.receivedAt
  const [result] = await group.upload({
    type: 'client',
    // The customer may write their own record, whichever sites it belongs to.
    actor: {
      userId: input.caller.user.userId,
      siteIds: client['siteIds'] as number[],
      practitionerId: null,
    },
    ...{ deviceId: null, sentAt: at, receivedAt: at },
    items: [
      {
        ...{ clientItemId: randomUUID(), id: clientId, baseRevision: client._rev },
        ...{ editedAt: new Date(at).toISOString(), changes },
      },
    ],
  })
  if (result?.outcome === 'REJECTED') {
    const errors = (result.errors ?? []).map(({ path, message }) => ({
      path: path.replace(/^changes\.(\w+)(\.to)?/, '$1'),
      message,
    }))
    return input.fail('INVALID_REQUEST', { errors })
  }
  return contactShown(mine, (await group.db.get(client._id)) ?? client)
}
