/** POST /v2/authentication/changePassword */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

export const changePassword: Handler<Api['changePassword']> = async (input, app) => {
  const { oldPassword, newPassword } = input.body
  const { user } = input.caller
  const passwords = { old: oldPassword, new: newPassword }
  const changed = await app.accounts.signIn.changePassword(user, passwords, input.address)
  if (changed.ok) return { status: 204 }
  switch (changed.code) {
    case 'PASSWORD_RULES':
      return input.fail('PASSWORD_RULES', {
        errors: changed.faults.map((message) => ({ path: 'newPassword', message })),
      })
    case 'ACCOUNT_LOCKED':
    case 'RATE_LIMITED':
      return input.fail(changed.code, { retryAfterSeconds: changed.retryAfterSeconds })
    case 'DEMO_ONLY':
    case 'SECOND_FACTOR_REQUIRED':
    case 'SECOND_FACTOR_INVALID':
    case 'INVALID_CREDENTIALS':
      return input.fail('INVALID_CREDENTIALS', { detail: 'The old password is not right.' })
  }
}
