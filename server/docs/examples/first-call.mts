const url = process.env['VETSPACE_URL'] ?? 'http://127.0.0.1:3000'

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url + path, init)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as T
}
async function post<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
  return await call(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

// 1. The key of your account gives an ApiToken.
const { token } = await post<{ token: string }>('/v2/authentication/login', {
  accountId: '00000000-0000-4000-8000-000000000001',
  apiKey: 'demo-api-key',
})

// 2. A user of the practice signs in, which gives an ApiUserToken.
const { userToken } = await post<{ userToken: string }>(
  '/v2/authentication/verifyUser',
  { username: 'amelia.vet', password: 'Demo-Practice-2026' },
  { ApiToken: token },
)

// 3. Both go with every call that is made for that user.
interface Day {
  diaries: { practitionerName: string; appointments: unknown[] }[]
}
const today = new Date().toISOString().slice(0, 10)
const { diaries } = await call<Day>(`/v2/mobile/retrieveDiariesForDay?siteId=1&date=${today}`, {
  headers: { ApiToken: token, ApiUserToken: userToken },
})
for (const { practitionerName, appointments } of diaries)
  console.log(`${practitionerName}: ${appointments.length} appointments`)
