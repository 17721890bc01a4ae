const url = process.env['VETSPACE_URL'] ?? 'http://127.0.0.1:3000'

const post = async (name: string, body: object, headers = {}): Promise<Record<string, string>> => {
  const response = await fetch(`${url}/v2/authentication/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, string>
}
const key = { accountId: '00000000-0000-4000-8000-000000000001', apiKey: 'demo-api-key' }
const ApiToken = (await post('login', key))['token'] ?? ''
const user = { username: 'amelia.vet', password: 'Demo-Practice-2026' }
const ApiUserToken = (await post('verifyUser', user, { ApiToken }))['userToken'] ?? ''

interface Page {
  items: { code?: string; id?: string; deleted?: true }[]
  nextCursor: string | null
}
const limit = 10
const codes = async (query: Record<string, string>): Promise<Page> => {
  const search = new URLSearchParams({ siteId: '1', limit: String(limit), ...query })
  const response = await fetch(`${url}/v2/mobile/retrieveTreatmentCodes?${search}`, {
    headers: { ApiToken, ApiUserToken },
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Page
}

// Page by page, each with the cursor of the one before, until there is no further one.
let count = 0
for (let cursor: string | null | undefined; cursor !== null;) {
  const page = await codes(cursor === undefined ? {} : { cursor })
  count += page.items.length
  cursor = page.nextCursor
}
console.log(`${count} treatment codes`)

/** What changed, page by page; an incomplete page is the last. Answers the cursor to keep for the next time. */
const changes = async (since: Record<string, string>): Promise<{ changed: number; cursor: string }> => {
  let changed = 0
  for (let query = since; ;) {
    const { items, nextCursor } = await codes(query)
    changed += items.length
    const cursor = nextCursor ?? ''
    if (items.length < limit) return { changed, cursor }
    query = { cursor }
  }
}
const first = await changes({ modifiedSince: '2026-01-01T00:00:00Z' })
console.log(`${first.changed} changed`)
const later = await changes({ cursor: first.cursor })
console.log(`${later.changed} changed since then`)
