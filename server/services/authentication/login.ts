/** POST /v2/authentication/login */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

export const login: Handler<Api['login']> = async (input, app) => {
  const { accountId, apiKey } = input.body
  const { lockout } = app.accounts
  const subjects = [{ kind: 'address', value: input.address }] as const
  const seconds = await lockout.lockedFor(subjects)
  if (seconds > 0) return input.fail('ACCOUNT_LOCKED', { retryAfterSeconds: seconds })
  const key = await app.accounts.findKey(accountId, apiKey)
  if (key === 'demoOnly') return input.fail('DEMO_ONLY')
  if (!key) {
    await lockout.failed(subjects)
    await app.audit.refusedSignIn('installation', {
      ...{ kind: 'KEY_SIGN_IN_FAILED', actor: { kind: 'unknown' }, call: 'login' },
      subjects: [{ type: 'account', id: accountId.slice(0, 100) }],
      origin: app.audit.origin(input.address),
    })
    return input.fail('INVALID_CREDENTIALS', { detail: 'There is no such account with this key.' })
  }
  const groups = await Promise.all(key.groupIds.map((groupId) => app.accounts.group(groupId)))
  return {
    status: 200,
    body: {
      ...app.tokens.issueApiToken(key),
      groups: groups.flatMap((group) => (group ? [{ groupId: group.groupId, name: group.name }] : [])),
    },
  }
}
