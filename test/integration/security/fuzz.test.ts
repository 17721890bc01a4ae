/**
 * 10,000 requests over all calls, made from their own schemas and bent: no fault of ours, no answer that is not as
 * declared, none that tells of the inside. A failure prints the request, and the seed to repeat it by.
 */
import { expect } from 'chai'
import fc from 'fast-check'
import { authErrors } from '../../../server/auth/authenticate.ts'
import type { CallSpec, Role } from '../../../server/contract/call.ts'
import { commonErrors } from '../../../server/contract/errors.ts'
import { calls, isStream, type CallName } from '../../support/example-runner.ts'
import { Tenants } from '../../support/tenants.ts'
import { requestsFor, type FuzzRequest } from './generate.ts'

const total = 10_000
const perCall = Math.ceil(total / calls.length)

/** What an answer never has: stacks, paths of the machine, names of parts. */
const inside =
  /\bat \S+ \(|node_modules|\.ts:\d|file:\/\/|\/tmp\/|leveldb|LevelDB|nano\b|ECONN|ENOENT|TypeError|RangeError|SyntaxError|ZodError|scrypt|Cannot read propert/

const text = (value: unknown): string =>
  (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)).replace(
    /\p{Surrogate}/gu,
    '\uFFFD',
  )

/** `.` and `..` are steps of a path, and no text in one. */
const step = (value: unknown): string => encodeURIComponent(text(value)).replace(/^\.+$/, '%2E')

const urlOf = ({ path }: CallSpec, { params, query }: FuzzRequest): string => {
  const given = (params !== null && typeof params === 'object' ? params : {}) as Record<string, unknown>
  const filled = path.replace(/[:*](\w+)/g, (_, name: string) => step(given[name]))
  const asked = query !== null && typeof query === 'object' ? Object.entries(query) : [['q', query] as const]
  const search = asked.map(
    ([name, value]) => `${encodeURIComponent(text(name))}=${encodeURIComponent(text(value))}`,
  )
  return search.length > 0 ? `${filled}?${search.join('&')}` : filled
}

const send = async (
  url: string,
  spec: CallSpec,
  { body, headers }: FuzzRequest,
): Promise<{ status: number; text: string; type: string }> => {
  const leaving = new AbortController()
  const hung = setTimeout(() => leaving.abort(new Error('no answer in 20 s')), 20_000)
  const json = spec.method === 'GET' || body === undefined ? {} : { body: JSON.stringify(body) }
  const contentType =
    spec.bodyKind === 'multipart'
      ? 'multipart/form-data; boundary=x'
      : spec.bodyKind === 'bytes'
        ? 'application/offset+octet-stream'
        : 'application/json'
  try {
    const response = await fetch(url, {
      ...{ method: spec.method, signal: leaving.signal, ...json },
      headers: { ...headers, 'Content-Type': contentType },
    })
    const type = response.headers.get('content-type') ?? ''
    if (isStream(spec) && response.ok) {
      leaving.abort()
      return { status: response.status, text: '', type }
    }
    return { status: response.status, text: await response.text(), type }
  } finally {
    clearTimeout(hung)
  }
}

describe('fuzzing the calls', () => {
  let tenants: Tenants
  let sent = 0
  let seen = 0
  before(async () => {
    tenants = await Tenants.make()
    seen = performance.now()
  })
  after(() => tenants[Symbol.asyncDispose]())

  // The server's clock goes as the machine's does: one that stands still for a minute is told as a fault by `ready`.
  beforeEach(() => {
    const now = performance.now()
    tenants.server.clock.now += Math.round(now - seen)
    seen = now
  })

  const rolesFor = ({ auth }: CallSpec): readonly Role[] =>
    auth.kind === 'user' ? auth.roles : ['vet', 'customer']

  /** A session for each role; a new one each time for what ends sessions. */
  const sessions = new Map<Role, Record<string, string>>()
  const tokensOf = async (name: CallName, role: Role): Promise<Record<string, string>> => {
    const ends = name === 'logout' || name === 'changePassword' || name === 'cutOffDevice'
    const kept = ends ? undefined : sessions.get(role)
    const tokens = kept ?? (await tenants.headers({ place: 'own', role }))
    if (!ends) sessions.set(role, tokens)
    return tokens
  }

  const check = async (name: CallName, spec: CallSpec, request: FuzzRequest, role: Role): Promise<void> => {
    const tokens = await tokensOf(name, role)
    const url = tenants.server.url + urlOf(spec, request)
    const answer = await send(url, spec, { ...request, headers: { ...request.headers, ...tokens } })
    sent += 1
    const what = `${name} ${answer.status} ${answer.text.slice(0, 500)}\n${tenants.server.logged.at(-2) ?? ''}`
    // A practice's PMS that is away is no fault of the server's.
    if (spec.service !== 'bridge' || ![502, 504].includes(answer.status))
      expect(answer.status, what).to.be.lessThan(500)
    if (answer.status === 401 || answer.status === 403) sessions.delete(role)
    if (!answer.type.includes('json')) return
    if (answer.type.includes('problem')) {
      expect(answer.text, what).not.to.match(inside)
      const { code } = JSON.parse(answer.text) as { code: string }
      const further = [
        'STALE_REVISION',
        'UNKNOWN_CALL',
        'METHOD_NOT_ALLOWED',
        'IDEMPOTENCY_KEY_REUSED',
        'IDEMPOTENCY_KEY_IN_USE',
      ]
      expect([...spec.errors, ...authErrors(spec), ...commonErrors, ...further], what).to.include(code)
    }
    expect({}, 'a prototype').not.to.have.property('polluted')
  }

  for (const [name, spec] of calls)
    it(`${name}: nothing sent to it makes it fault`, async () => {
      const example = tenants.requestOf(name)
      const requests = fc.tuple(requestsFor(spec, example), fc.constantFrom(...rolesFor(spec)))
      await fc.assert(
        fc.asyncProperty(requests, async ([request, role]) => check(name, spec, request, role)),
        { numRuns: perCall, endOnFailure: true },
      )
    })

  it('has sent as many requests as it says, and the server is as good as new', async () => {
    expect(sent).to.be.at.least(total)
    const { status } = await tenants.server.request('/health')
    expect(status).to.equal(200)
  })
})
