/** POST /v2/authentication/verifyUser */
import type { UserFields } from '../../auth/account-docs.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

const dayMs = 86_400_000

export const verifyUser: Handler<Api['verifyUser']> = async (input, app) => {
  const { username, password, oneTimeCode } = input.body
  const { key } = input.caller
  const { address } = input
  const signedIn = await app.accounts.signIn.verify({ username, password, oneTimeCode, key, address })
  if (!signedIn.ok)
    return input.fail(
      signedIn.code,
      'retryAfterSeconds' in signedIn ? { retryAfterSeconds: signedIn.retryAfterSeconds } : {},
    )
  const { user } = signedIn
  const { sessionId, refreshToken } = await app.accounts.sessions.start(user, { apiKey: key })
  const { token, expiresAt } = app.tokens.issueUserToken(user, sessionId)
  const { userId, displayName, roles, groupId, siteIds, practitionerId } = user
  return {
    status: 200,
    body: {
      userToken: token,
      expiresAt,
      refreshToken,
      passwordExpired: await passwordExpired(user, app),
      user: { userId, username: user.username, displayName, roles, groupId, siteIds, practitionerId },
      secondFactor: await app.accounts.secondFactorOf(user),
    },
  }
}

const passwordExpired = async (user: UserFields, app: AppContext): Promise<boolean> => {
  const group = user.groupId === null ? undefined : await app.accounts.group(user.groupId)
  const days = group?.passwordExpiryDays ?? null
  return days !== null && user.passwordChangedAt + days * dayMs <= app.now()
}
