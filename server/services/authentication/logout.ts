/** POST /v2/authentication/logout */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

export const logout: Handler<Api['logout']> = async (input, app) => {
  await app.accounts.sessions.end(input.caller.user.sessionId)
  return { status: 204 }
}
