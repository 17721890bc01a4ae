/**
 * Two groups in one server, and everybody who may try to look from one into the other: a session for each role at the
 * examples' own group and sites, at another site of it, and at another group, with keys that see that group alone.
 */
import { randomUUID } from 'node:crypto'
import { hashApiKey } from '../../server/auth/api-key-hash.ts'
import { pageKey, type PageName } from '../../server/auth/page-key.ts'
import type { KeyKind } from '../../server/auth/identity.ts'
import type { CallSpec, Role } from '../../server/contract/call.ts'
import { allScopes } from '../../server/contract/scopes.ts'
import { role } from '../../server/contract/authentication.ts'
import { householdId } from '../../server/demo/households.ts'
import { demoPassword } from '../../server/demo/practice.ts'
import {
  calls,
  callerFor,
  ExampleDemo,
  isStream,
  requestOf,
  sendExample,
  urlOf,
  type CallName,
  type ExampleRequest,
} from './example-runner.ts'
import { prepared } from './prepared-examples.ts'
import type { Answer, TestServer } from './server.ts'

/** Where a caller is from, as seen from the records of the examples. */
export type Place = 'own' | 'otherSite' | 'otherGroup'
export const places: readonly Place[] = ['own', 'otherSite', 'otherGroup']
export const roles: readonly Role[] = role.options

/** A second factor ends the other sessions of who turns it on, which everybody here works with: examples as they stand. */
const ownSignIn: ReadonlySet<CallName> = new Set(['confirmSecondFactor', 'disableSecondFactor'])
const otherSiteId = 9
const groupOf = { own: 1, otherSite: 1, otherGroup: 2 } as const
const sitesOf = { own: [1, 2], otherSite: [otherSiteId], otherGroup: [3] } as const
const accountOf = {
  1: '00000000-0000-4000-8000-0000000000a1',
  2: '00000000-0000-4000-8000-0000000000a2',
} as const

export const customersClient: Readonly<Record<Place, readonly [groupId: number, clientId: string]>> = {
  own: [1, householdId(1, 0)],
  otherSite: [1, householdId(1, 5)],
  otherGroup: [2, householdId(2, 0)],
}

export interface Who {
  place: Place
  role: Role
}

export const usernameOf = ({ place, role: of }: Who): string => `${of}.${place}@example.org`.toLowerCase()

export class Tenants implements AsyncDisposable {
  readonly server: TestServer
  readonly #demo: ExampleDemo
  readonly #requests = new Map<CallName, ExampleRequest>()

  private constructor(server: TestServer, demo: ExampleDemo) {
    this.server = server
    this.#demo = demo
  }

  static async make(): Promise<Tenants> {
    const demo = await ExampleDemo.make()
    const tenants = new Tenants(await demo.fresh(), demo)
    await tenants.#people()
    await tenants.#customers()
    await tenants.#anotherSite()
    for (const [name, spec] of calls) {
      const caller = await callerFor(spec, tenants.server)
      const made = ownSignIn.has(name) ? {} : await prepared[name]?.(tenants.server, caller)
      tenants.#requests.set(name, { ...requestOf(spec), ...made })
    }
    return tenants
  }

  async #people(): Promise<void> {
    const { accounts } = this.server.context
    for (const groupId of [1, 2] as const)
      await accounts.ensureAccount({
        accountId: accountOf[groupId],
        name: `Only group ${groupId}`,
        demo: true,
        keys: (['server', 'app'] as const).map((kind) => ({
          ...{ keyId: kind, kind, groupIds: [groupId], expiresAt: null },
          hash: hashApiKey(`${kind} of ${groupId}`),
        })),
      })
    for (const [n, who] of places.flatMap((place) => roles.map((of) => ({ place, role: of }))).entries())
      await accounts.ensureUser({
        ...{ userId: `00000000-0000-4000-8000-00000000b0${String(n).padStart(2, '0')}`, demo: true },
        ...{ username: usernameOf(who), displayName: `${who.role} of ${who.place}`, roles: [who.role] },
        ...{ groupId: who.role === 'customer' ? null : groupOf[who.place], siteIds: [...sitesOf[who.place]] },
        ...{ practitionerId: null, password: demoPassword },
      })
  }

  /** The examples' client at `own`; another client of the same group; one of another group. */
  async #customers(): Promise<void> {
    const { accounts } = this.server.context
    for (const place of places) {
      const username = usernameOf({ place, role: 'customer' })
      const user = await accounts.user(username)
      if (!user) throw new Error(`There is no ${username}`)
      const [groupId, clientId] = customersClient[place]
      await accounts.globalAccounts.ensure({
        ...{ globalAccountId: user.userId, username, email: username, title: null, firstName: 'Any' },
        ...{ lastName: 'Body', mobile: '+44 1632 960999', termsAcceptedAt: '2026-01-05T09:00:00.000Z' },
        links: [
          {
            ...{ linkId: user.userId, groupId, siteIds: [...sitesOf[place]], clientId },
            connectedAt: '2026-01-05T09:00:00.000Z',
          },
        ],
      })
    }
  }

  async #anotherSite(): Promise<void> {
    const { db } = await this.server.context.groups.get(1)
    const site = await db.get('reference:site:1')
    if (!site) throw new Error('The demo has no site 1')
    const { _rev, ...like } = site
    await db.write([
      { ...like, _id: `reference:site:${otherSiteId}`, siteId: otherSiteId, name: 'Elsewhere' },
    ])
  }

  /** The example of a call, which works at `own`. */
  requestOf(name: CallName): ExampleRequest {
    const request = this.#requests.get(name)
    if (!request) throw new Error(`${name} is not prepared`)
    return request
  }

  apiToken(place: Place, kind: KeyKind = 'server'): string {
    const { tokens } = this.server.context
    return tokens.issueApiToken({ accountId: accountOf[groupOf[place]], keyId: kind }).token
  }

  /** What a page for a practice's people is given. */
  pageToken(place: Place, page: PageName = 'registrations'): string {
    return this.server.context.tokens.issueApiToken(pageKey(groupOf[place], page)).token
  }

  /** Tokens of a new session. */
  async headers(who: Who): Promise<{ ApiToken: string; ApiUserToken: string }> {
    const { accounts, tokens } = this.server.context
    const user = await accounts.user(usernameOf(who))
    if (!user) throw new Error(`There is no ${usernameOf(who)}`)
    const apiKey = { accountId: accountOf[groupOf[who.place]], keyId: 'server' }
    const { sessionId } = await accounts.sessions.start(user, { apiKey })
    const ApiUserToken = tokens.issueUserToken(user, sessionId).token
    return { ApiToken: this.apiToken(who.place), ApiUserToken }
  }

  /** An access token with every scope, for which this user has consented to a client that holds a server key. */
  async bearer(who: Who): Promise<{ Authorization: string }> {
    const { accounts, tokens } = this.server.context
    const user = await accounts.user(usernameOf(who))
    if (!user) throw new Error(`There is no ${usernameOf(who)}`)
    const clientId = accountOf[groupOf[who.place]]
    const oauth = { clientId, keyId: 'server', scopes: [...allScopes] }
    const { sessionId } = await accounts.sessions.start(user, { oauth, sessionId: randomUUID() })
    const claims = { sub: user.userId, usr: user.username, sid: sessionId, scope: allScopes.join(' ') }
    const client = { client_id: clientId, key: 'server' }
    return { Authorization: `Bearer ${tokens.issueAccessToken({ ...claims, ...client }).token}` }
  }

  /** Sends a call's example, or what is put in its place. Of a stream only the status is read. */
  async ask(
    [name, spec]: readonly [CallName, CallSpec],
    headers: Record<string, string>,
    changed: Partial<ExampleRequest> = {},
  ): Promise<Answer> {
    const request = { ...this.requestOf(name), ...changed }
    if (!isStream(spec)) return await sendExample(spec, request, { server: this.server, headers })
    const leaving = new AbortController()
    const url = this.server.url + urlOf(spec, request)
    const response = await fetch(url, { headers, signal: leaving.signal })
    const text = response.ok ? '' : await response.text()
    leaving.abort()
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
    return { status: response.status, headers: response.headers, body, text }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    await this.#demo[Symbol.asyncDispose]()
  }
}
