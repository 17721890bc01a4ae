const url = process.env['VETSPACE_URL'] ?? 'http://127.0.0.1:3000'

const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const key = { accountId: '00000000-0000-4000-8000-000000000001', apiKey: 'demo-api-key' }
const { token } = (await (await post('/v2/authentication/login', key)).json()) as { token: string }

/** Sends the request until there is an answer: safe, because each try carries the same key. */
const once = async (path: string, body: object, idempotencyKey: string, tries = 3): Promise<Response> => {
  try {
    return await post(path, body, { ApiToken: token, 'Idempotency-Key': idempotencyKey })
  } catch (error) {
    if (tries === 1) throw error // the network is still away
    return await once(path, body, idempotencyKey, tries - 1)
  }
}

// One key for one thing that is to happen, made before the first try.
const idempotencyKey = crypto.randomUUID()
const account = {
  email: `${idempotencyKey}@example.com`,
  firstName: 'Dorothy',
  lastName: 'Hale',
  mobile: '+44 7700 900123',
  password: 'Three-Grey-Mares-9',
  acceptTerms: true,
}
const path = '/v2/global/captureUserInfo'
const first = await once(path, account, idempotencyKey)
// The answer got lost on the way? Send the same again: nothing is made twice, the answer is the same.
const again = await once(path, account, idempotencyKey)
const replayed = again.headers.get('idempotency-replayed') === 'true'
if (replayed && (await first.text()) === (await again.text())) console.log('One account')
// The same key for something else is a mistake, and is refused.
const other = await once(path, { ...account, firstName: 'Edith' }, idempotencyKey)
console.log(((await other.json()) as { code: string }).code)
