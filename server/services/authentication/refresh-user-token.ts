/** POST /v2/authentication/refreshUserToken */
import { keySees } from '../../auth/identity.ts'
import { sessionStands } from '../../auth/sessions.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

export const refreshUserToken: Handler<Api['refreshUserToken']> = async (input, app) => {
  const { accounts, tokens, now } = app
  const { key } = input.caller
  const refreshed = await accounts.sessions.refresh(
    input.body.refreshToken,
    async (session) => {
      // An application's session is renewed at /oauth/token, within its scopes.
      if (session.oauth) return false
      // A key's successor takes its sessions over; they are nothing to another account.
      if (session.apiKey && session.apiKey.accountId !== key.accountId) return false
      const user = await accounts.user(session.username)
      if (!user || user.disabled || (user.demo && !accounts.demo)) return false
      return keySees(key, user) && sessionStands(session, user, now())
    },
    () => ({ apiKey: key }),
  )
  if (typeof refreshed === 'string')
    return input.fail(refreshed, {
      detail: `The refresh token ${refreshed === 'TOKEN_EXPIRED' ? 'has expired' : 'is not valid'}.`,
    })
  if ('cutOff' in refreshed) {
    await accounts.devices.told(refreshed.cutOff)
    return input.fail('DEVICE_CUT_OFF')
  }
  const { session, refreshToken } = refreshed
  const { token, expiresAt } = tokens.issueUserToken(session, session.sessionId)
  return { status: 200, body: { userToken: token, expiresAt, refreshToken } }
}
