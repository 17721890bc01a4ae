/** POST /v2/global/captureUserInfo */
import { normalUsername } from '../../auth/account-docs.ts'
import { passwordFaults } from '../../auth/password-rules.ts'
import type { Api } from '../../contract/api.ts'
import { userInfo } from '../../contract/global.ts'
import type { Handler } from '../../http/handler.ts'
import type { FieldError } from '../../http/problem.ts'
import { faultsIn } from '../../http/validate.ts'

const busySeconds = 5

export const captureUserInfo: Handler<Api['captureUserInfo']> = async (input, app) => {
  const errors = [...faultsIn(userInfo, input.body), ...(await passwordErrors(input.body))]
  if (errors.length > 0) return input.fail('FIELDS_INVALID', { errors })
  const { email, title, firstName, lastName, mobile, password } = userInfo.parse(input.body)
  const { lockout, globalAccounts } = app.accounts
  // A taken address is told, so whoever tries many of them is counted.
  const subjects = [{ kind: 'address', value: `capture\n${input.address}` }] as const
  const seconds = await lockout.lockedFor(subjects)
  if (seconds > 0) return input.fail('RATE_LIMITED', { retryAfterSeconds: seconds })
  const globalAccountId = input.derivedId('account')
  const username = normalUsername(email)
  const draft = { globalAccountId, username, email, title, firstName, lastName, mobile }
  switch (await globalAccounts.create(draft, password)) {
    case 'made':
      return { status: 201, body: { globalAccountId } }
    case 'busy':
      return input.fail('RATE_LIMITED', { retryAfterSeconds: busySeconds })
    case 'taken':
      await lockout.failed(subjects)
      return input.fail('EMAIL_TAKEN', { errors: [{ path: 'email', message: 'has an account already' }] })
  }
}

const passwordErrors = async (body: Record<string, unknown>): Promise<FieldError[]> => {
  const { password, email, firstName, lastName } = body
  if (typeof password !== 'string') return []
  const displayName = `${textOf(firstName)} ${textOf(lastName)}`
  const names = { username: textOf(email), displayName, demo: false }
  const faults = await passwordFaults(password, names)
  return faults.map((message) => ({ path: 'password', message }))
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
