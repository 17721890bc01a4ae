/** The authentication calls that the library makes, with their answers checked for what it needs of them. */
import { OfflineError } from '../errors.ts'
import { send, type Json, type Transport } from '../http/request.ts'
import type { User } from './device-store.ts'

export interface UserTokens {
  userToken: string
  refreshToken: string
}

export interface Verified extends UserTokens {
  user: User
  passwordExpired: boolean
}

const text = (body: Json | null, field: string): string => {
  const value = body?.[field]
  if (typeof value === 'string' && value !== '') return value
  throw new OfflineError('The answer is not one of the server’s')
}

const tokensOf = (body: Json | null): UserTokens => ({
  userToken: text(body, 'userToken'),
  refreshToken: text(body, 'refreshToken'),
})

/** Exchanges the API key for a token. */
export const login = async (
  transport: Transport,
  json: { accountId: string; apiKey: string },
  timeoutMs?: number,
): Promise<string> => {
  const path = '/v2/authentication/login'
  return text(await send(transport, { method: 'POST', path, json, ...(timeoutMs && { timeoutMs }) }), 'token')
}

/** Signs a user in. */
export const verifyUser = async (
  transport: Transport,
  { apiToken, timeoutMs }: { apiToken: string; timeoutMs?: number | undefined },
  json: { username: string; password: string; oneTimeCode?: string },
): Promise<Verified> => {
  const path = '/v2/authentication/verifyUser'
  const headers = { ApiToken: apiToken }
  const body = await send(transport, { method: 'POST', path, json, headers, ...(timeoutMs && { timeoutMs }) })
  const user = body?.['user'] as Json | undefined
  text(user ?? null, 'userId')
  return {
    ...tokensOf(body),
    user: user as unknown as User,
    passwordExpired: body?.['passwordExpired'] === true,
  }
}

/** Renews a user's tokens. */
export const refreshUserToken = async (
  transport: Transport,
  apiToken: string,
  refreshToken: string,
): Promise<UserTokens> => {
  const request = { path: '/v2/authentication/refreshUserToken', json: { refreshToken } }
  return tokensOf(await send(transport, { method: 'POST', ...request, headers: { ApiToken: apiToken } }))
}

/** Ends the session at the server. */
export const logout = async (transport: Transport, apiToken: string, userToken: string): Promise<void> => {
  const headers = { ApiToken: apiToken, ApiUserToken: userToken }
  const path = '/v2/authentication/logout'
  await send(transport, { method: 'POST', path, headers, json: {}, timeoutMs: 5000 })
}
