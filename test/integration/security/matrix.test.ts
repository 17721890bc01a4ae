/**
 * Who may make a call: every call of the contract with every role, and with tokens that are missing, forged, run out
 * or somebody else's. What has to come of it is read from the call's declaration (`auth`).
 */
import { expect } from 'chai'
import { authErrors } from '../../../server/auth/authenticate.ts'
import type { CallSpec } from '../../../server/contract/call.ts'
import { commonErrors } from '../../../server/contract/errors.ts'
import { calls, urlOf, type CallName } from '../../support/example-runner.ts'
import { forgeries } from '../../support/forgeries.ts'
import type { Answer } from '../../support/server.ts'
import { roles, Tenants } from '../../support/tenants.ts'

type Tokens = Record<string, string>

const userHeaderNeeded = ({ auth }: CallSpec): boolean => auth.kind === 'user'
const keyHeaderNeeded = ({ auth }: CallSpec): boolean => auth.kind !== 'none'
/** Managed Bookings and the like: staff, or a server key on its own. */
const isVetSide = ({ auth, errors }: CallSpec): boolean =>
  auth.kind === 'keyMaybeUser' &&
  errors.includes('SERVER_KEY_REQUIRED') &&
  errors.includes('ROLE_NOT_ALLOWED')

const expectProblem = ({ status, body, text }: Answer, expected: [number, string], what: string): void => {
  expect([status, body['code']], `${what}: ${text}`).to.deep.equal(expected)
}

/** A good answer of the call, or a problem that its declaration has; never a fault of ours. */
const expectDeclared = (spec: CallSpec, { status, body, text }: Answer, what: string): void => {
  if (spec.responses[status]) return
  const declared: string[] = [...spec.errors, ...authErrors(spec), ...commonErrors, 'STALE_REVISION']
  expect(declared, `${what}: ${status} ${text}`).to.include(body['code'])
  expect(status, what).to.be.lessThan(500)
}

describe('the matrix of calls and callers', () => {
  let tenants: Tenants
  let vet: { ApiToken: string; ApiUserToken: string }
  before(async () => {
    tenants = await Tenants.make()
    vet = await tenants.headers({ place: 'own', role: 'vet' })
  })
  after(() => tenants[Symbol.asyncDispose]())

  it('knows what to ask of every call: of none is it unclear who may make it', () => {
    const open = new Set<CallName>(['login', 'health', 'ready'])
    const maybeUser = new Set<CallName>(['connectNewUserToGroup', 'getRegistration', 'searchClients'])
    for (const [name, spec] of calls) {
      const { auth } = spec
      expect(['none', 'key', 'keyMaybeUser', 'serverKey', 'user'], name).to.include(auth.kind)
      if (auth.kind === 'none') expect(open, `${name} asks for no token`).to.include(name)
      if (auth.kind === 'user') expect(auth.roles.length, `${name} is for nobody`).to.be.greaterThan(0)
      if (auth.kind === 'keyMaybeUser' && !isVetSide(spec))
        expect(maybeUser, `${name}: say whom it is for`).to.include(name)
    }
  })

  for (const [name, spec] of calls) {
    const { auth } = spec
    const entry = [name, spec] as const
    if (keyHeaderNeeded(spec)) {
      it(`${name}: is refused without tokens, and with ones that are forged or run out`, async () => {
        expectProblem(await tenants.ask(entry, {}), [401, 'TOKEN_MISSING'], 'no token')
        const onlyUser = { ApiUserToken: vet.ApiUserToken }
        expectProblem(await tenants.ask(entry, onlyUser), [401, 'TOKEN_MISSING'], 'ApiUserToken alone')
        const swapped = { ApiToken: vet.ApiUserToken, ApiUserToken: vet.ApiToken }
        expectProblem(await tenants.ask(entry, swapped), [401, 'TOKEN_INVALID'], 'the two tokens swapped')
        for (const [how, forge] of Object.entries(forgeries))
          for (const header of userHeaderNeeded(spec)
            ? (['ApiToken', 'ApiUserToken'] as const)
            : (['ApiToken'] as const)) {
            const headers: Tokens = { ...vet, [header]: forge(vet[header]) }
            expectProblem(await tenants.ask(entry, headers), [401, 'TOKEN_INVALID'], `${header}: ${how}`)
          }
        const { server } = tenants
        const bare = server.url + urlOf(spec, tenants.requestOf(name))
        const [where = '', query = ''] = bare.split('?')
        for (const [method, url] of [
          [spec.method === 'GET' ? 'HEAD' : spec.method, bare],
          [spec.method, `${where}/?${query}`],
        ] as const) {
          const response = await fetch(url, { method })
          await response.arrayBuffer()
          expect(response.status, `${method} ${url}`).to.equal(401)
        }
        const then = server.clock.now
        server.clock.now += 25 * 3_600_000
        const late = await tenants.ask(entry, vet)
        server.clock.now = then
        expectProblem(late, [401, 'TOKEN_EXPIRED'], 'a day later')
      })

      it(`${name}: a page's token does for what its page does alone`, async () => {
        const answer = await tenants.ask(entry, { ApiToken: tenants.pageToken('own') })
        if (spec.service !== 'registrations') expect(answer.status, answer.text).to.be.oneOf([401, 403])
        else expectDeclared(spec, answer, 'page')
        const password = await tenants.ask(entry, { ApiToken: tenants.pageToken('own', 'password') })
        if (name !== 'forgottenPassword' && name !== 'resetPassword')
          expect(password.status, password.text).to.be.oneOf([401, 403])
        else expectDeclared(spec, password, 'the page for passwords')
      })
    }

    if (auth.kind === 'user') {
      it(`${name}: is for ${auth.roles.join(', ')} alone`, async () => {
        const onlyKey = { ApiToken: tenants.apiToken('own') }
        expectProblem(await tenants.ask(entry, onlyKey), [401, 'TOKEN_MISSING'], 'no user')
        const foreign = { ...vet, ApiToken: tenants.apiToken('otherGroup') }
        expectProblem(await tenants.ask(entry, foreign), [401, 'TOKEN_INVALID'], 'a key of another group')
        for (const role of roles.filter((one) => !auth.roles.includes(one))) {
          const answer = await tenants.ask(entry, await tenants.headers({ place: 'own', role }))
          expectProblem(answer, [403, 'ROLE_NOT_ALLOWED'], role)
        }
        for (const role of auth.roles) {
          const answer = await tenants.ask(entry, await tenants.headers({ place: 'own', role }))
          expect(answer.body['code'], role).not.to.be.oneOf(['ROLE_NOT_ALLOWED', 'TOKEN_INVALID'])
          expectDeclared(spec, answer, role)
        }
      })
    }

    if (spec.errors.includes('AGENT_KEY_REQUIRED'))
      it(`${name}: is for the key of an agent alone`, async () => {
        for (const kind of ['server', 'app'] as const)
          expectProblem(
            await tenants.ask(entry, { ApiToken: tenants.apiToken('own', kind) }),
            [403, 'AGENT_KEY_REQUIRED'],
            `${kind} key`,
          )
      })

    if (auth.kind === 'serverKey' || isVetSide(spec))
      it(`${name}: an app key alone, or with a customer, is not enough`, async () => {
        const app = { ApiToken: tenants.apiToken('own', 'app') }
        expectProblem(await tenants.ask(entry, app), [403, 'SERVER_KEY_REQUIRED'], 'app key')
        const { ApiUserToken } = await tenants.headers({ place: 'own', role: 'customer' })
        const customer = await tenants.ask(entry, { ...app, ApiUserToken })
        expect(customer.status, customer.text).to.equal(403)
        const staff = await tenants.ask(entry, { ...app, ApiUserToken: vet.ApiUserToken })
        if (isVetSide(spec)) expectDeclared(spec, staff, 'an app key with a vet')
      })

    if (auth.kind === 'serverKey' || isVetSide(spec))
      it(`${name}: an access token that a user stands behind has no more than the user, whatever its client's key`, async () => {
        for (const role of roles) {
          const answer = await tenants.ask(entry, await tenants.bearer({ place: 'own', role }))
          if (auth.kind === 'serverKey') expectProblem(answer, [403, 'SERVER_KEY_REQUIRED'], role)
          else if (role === 'customer') expectProblem(answer, [403, 'ROLE_NOT_ALLOWED'], role)
          else expectDeclared(spec, answer, role)
        }
      })
  }
})
