/** GET /v2/global/myConnections */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { connectionOf, groupFor } from './premises.ts'

export const myConnections: Handler<Api['myConnections']> = async (input, app) => {
  const account = await app.accounts.globalAccounts.find(input.caller.user.userId)
  const found = (account?.links ?? []).map(async (link) => {
    const group = await groupFor(app, input.caller, link.groupId)
    return group ? [connectionOf(link, group)] : []
  })
  return { status: 200, body: { connections: (await Promise.all(found)).flat() } }
}
