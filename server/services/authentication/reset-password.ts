/** POST /v2/authentication/resetPassword */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

export const resetPassword: Handler<Api['resetPassword']> = async (input, app) => {
  const { resetToken, newPassword } = input.body
  const { lockout, passwordReset } = app.accounts
  const subjects = [{ kind: 'address', value: input.address }] as const
  const seconds = await lockout.lockedFor(subjects)
  if (seconds > 0) return input.fail('ACCOUNT_LOCKED', { retryAfterSeconds: seconds })
  const outcome = await passwordReset.reset(resetToken, newPassword, input.caller.key)
  if (outcome === 'changed') return { status: 204 }
  if (outcome === 'invalid') {
    await lockout.failed(subjects)
    return input.fail('RESET_TOKEN_INVALID')
  }
  return input.fail('PASSWORD_RULES', {
    errors: outcome.faults.map((message) => ({ path: 'newPassword', message })),
  })
}
