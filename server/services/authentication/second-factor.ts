/** POST /v2/authentication/secondFactor/enrol, confirm, disable */
import type { Subject } from '../../auth/lockout.ts'
import type { SignInFailure } from '../../auth/sign-in.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { fail } from '../../http/problem.ts'

const refuse = (failure: SignInFailure): never => {
  switch (failure.code) {
    case 'ACCOUNT_LOCKED':
    case 'RATE_LIMITED':
      return fail(failure.code, { retryAfterSeconds: failure.retryAfterSeconds })
    case 'DEMO_ONLY':
    case 'INVALID_CREDENTIALS':
      return fail('INVALID_CREDENTIALS', { detail: 'The password is not right.' })
    case 'SECOND_FACTOR_REQUIRED':
    case 'SECOND_FACTOR_INVALID':
      return fail('SECOND_FACTOR_INVALID')
  }
}

export const enrolSecondFactor: Handler<Api['enrolSecondFactor']> = async (input, app) => {
  const { signIn, secondFactor } = app.accounts
  const confirmed = await signIn.confirm(input.caller.user, input.body, input.address)
  if (!confirmed.ok) return refuse(confirmed)
  const begun = await secondFactor.begin(confirmed.user)
  if (!begun) return input.fail('SECOND_FACTOR_STATE', { detail: 'The second factor is on already.' })
  return { status: 200, body: begun }
}

export const confirmSecondFactor: Handler<Api['confirmSecondFactor']> = async (input, app) => {
  const { secondFactor, lockout, admin, mail } = app.accounts
  const { username, sessionId, groupId } = input.caller.user
  const subjects: Subject[] = [
    { kind: 'user', value: username },
    { kind: 'address', value: input.address },
  ]
  const seconds = await lockout.lockedFor(subjects)
  if (seconds > 0) return input.fail('ACCOUNT_LOCKED', { retryAfterSeconds: seconds })
  const recoveryCodes = await secondFactor.confirm(username, input.body.oneTimeCode)
  if (recoveryCodes === 'none')
    return input.fail('SECOND_FACTOR_STATE', { detail: 'Enrol first; a secret is confirmed once.' })
  if (recoveryCodes === 'wrong') {
    await lockout.failed(subjects)
    return input.fail('SECOND_FACTOR_INVALID')
  }
  // Sessions that began with the password alone end, but for the one in which the code was shown.
  await admin.endSessions(username, sessionId)
  await mail.post({ kind: 'secondFactorOn', username, groupId })
  return { status: 200, body: { recoveryCodes } }
}

export const disableSecondFactor: Handler<Api['disableSecondFactor']> = async (input, app) => {
  const { signIn, secondFactor, mail } = app.accounts
  const { username, groupId } = input.caller.user
  const { password, oneTimeCode } = input.body
  if ((await secondFactor.codesLeft(username)) === undefined)
    return input.fail('SECOND_FACTOR_STATE', { detail: 'The second factor is not on.' })
  const asked = { password, secondFactor: { code: oneTimeCode } }
  const confirmed = await signIn.confirm(input.caller.user, asked, input.address)
  if (!confirmed.ok) return refuse(confirmed)
  await secondFactor.remove(username)
  await mail.post({ kind: 'secondFactorOff', username, groupId })
  return { status: 204 }
}
