/** GET /v2/global/groups */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

export const groups: Handler<Api['groups']> = async (input, app) => {
  const found = await Promise.all(input.caller.key.groupIds.map((groupId) => app.accounts.group(groupId)))
  const known = found.flatMap((group) => (group ? [{ groupId: group.groupId, name: group.name }] : []))
  return { status: 200, body: { groups: known.sort((a, b) => a.groupId - b.groupId) } }
}
