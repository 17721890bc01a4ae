/** POST /v2/global/disconnectFromGroup */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

export const disconnectFromGroup: Handler<Api['disconnectFromGroup']> = async (input, app) => {
  const { groupId } = input.body
  const { key, user } = input.caller
  const { globalAccounts } = app.accounts
  // A link that has ended is found no more, so a retry needs to know which one it was.
  const linkId = await input.planned(async () => {
    const account = key.groupIds.includes(groupId) ? await globalAccounts.find(user.userId) : undefined
    const link = account?.links.find((one) => one.groupId === groupId)
    return link?.linkId ?? input.fail('NOT_FOUND', { detail: 'There is no link to this group.' })
  })
  await globalAccounts.changeLinks(user.userId, (links) => ({
    links: links.filter((link) => link.linkId !== linkId),
    result: null,
  }))
  return { status: 204 }
}
