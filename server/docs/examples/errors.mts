const url = process.env['VETSPACE_URL'] ?? 'http://127.0.0.1:3000'

/** What every failure answers (RFC 9457). */
interface Problem {
  status: number
  code: string
  title: string
  detail: string
  requestId: string
  errors: { path: string; message: string }[]
}
class ApiProblem extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(`${problem.title}. ${problem.detail} (${problem.requestId})`)
    this.problem = problem
  }
}

/** Waits where the server asks to, three times at most; throws ApiProblem otherwise. */
const call = async (path: string, init: RequestInit, tries = 3): Promise<unknown> => {
  const response = await fetch(url + path, init)
  if (response.ok) return await response.json()
  const wait = response.headers.get('retry-after')
  if (tries > 1 && wait !== null && [429, 503].includes(response.status)) {
    await new Promise((resolve) => setTimeout(resolve, Number(wait) * 1000))
    return await call(path, init, tries - 1)
  }
  throw new ApiProblem((await response.json()) as Problem)
}

try {
  // A request with two faults: accountId is no UUID, and apiKey is missing.
  await call('/v2/authentication/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ accountId: '4711' }),
  })
} catch (error) {
  if (!(error instanceof ApiProblem)) throw error
  // Decide by `code`; show `title` and `detail` to people, and `errors` beside the fields; log `requestId`.
  const { code, errors } = error.problem
  if (code !== 'INVALID_REQUEST') throw error
  console.log(`${code}: ${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}`)
}
