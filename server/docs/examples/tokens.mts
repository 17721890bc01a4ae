const url = process.env['VETSPACE_URL'] ?? 'http://127.0.0.1:3000'

interface Session {
  userToken: string
  /** ISO 8601 */
  expiresAt: string
  refreshToken: string
}
const authentication = async (name: string, body: object, headers = {}): Promise<Response> =>
  await fetch(`${url}/v2/authentication/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const key = { accountId: '00000000-0000-4000-8000-000000000001', apiKey: 'demo-app-key' }
const { token } = (await (await authentication('login', key)).json()) as { token: string }
const ApiToken = { ApiToken: token }

const credentials = { username: 'amelia.vet', password: 'Demo-Practice-2026' }
const verified = await authentication('verifyUser', credentials, ApiToken)
let session = (await verified.json()) as Session & { user: { displayName: string; roles: string[] } }
console.log(`Signed in as ${session.user.displayName}, ${session.user.roles.join(', ')}`)

/** Renews the session; one renewal at a time, however many calls find their token expired. */
let renewal: Promise<void> | undefined
const renew = (): Promise<void> =>
  (renewal ??= (async () => {
    const { refreshToken } = session
    const answer = await authentication('refreshUserToken', { refreshToken }, ApiToken)
    if (!answer.ok) throw new Error('The session has ended: sign in again')
    session = { ...session, ...((await answer.json()) as Session) }
  })().finally(() => (renewal = undefined)))

/** A call that renews the token where it has expired, and is then made once more. */
const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
  const send = () => fetch(url + path, { ...init, headers: { ...ApiToken, ApiUserToken: session.userToken } })
  const answer = await send()
  if (answer.status !== 401) return answer
  const { code } = (await answer.clone().json()) as { code: string }
  if (code !== 'TOKEN_EXPIRED') return answer
  await renew()
  return await send()
}

await renew()
console.log('Renewed')
await call('/v2/authentication/logout', { method: 'POST' })
const { code } = (await (await call('/v2/mobile/rejected')).json()) as { code: string }
console.log(`After logout: ${code}`)
