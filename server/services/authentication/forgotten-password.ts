/** POST /v2/authentication/forgottenPassword */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

export const forgottenPassword: Handler<Api['forgottenPassword']> = async (input, app) => {
  const { key } = input.caller
  const { username } = input.body
  const seconds = await app.accounts.passwordReset.request({ username, key, address: input.address })
  return seconds > 0 ? input.fail('RATE_LIMITED', { retryAfterSeconds: seconds }) : { status: 202 }
}
