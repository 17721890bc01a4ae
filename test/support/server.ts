/** A whole server in this process, on a free port, with a data directory and a clock of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import { readConfig, type Config } from '../../server/config.ts'
import type { AppContext } from '../../server/context.ts'
import { call } from '../../server/contract/call.ts'
import { demoAccountId, demoPassword } from '../../server/demo/practice.ts'
import { seedDemo } from '../../server/demo/seed.ts'
import type { Store } from '../../sync/store/port.ts'
import type { AnyHandler } from '../../server/http/dispatch.ts'
import type { Route } from '../../server/http/routes.ts'
import { startServer as start, type StartOptions } from '../../server/start.ts'

export interface Answer {
  status: number
  headers: Headers
  /** Parsed where it is a JSON object, else empty. */
  body: Record<string, unknown>
  text: string
}

interface RequestOptions {
  method?: string
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  raw?: string | Uint8Array
  headers?: Record<string, string>
}

export interface SignedIn {
  headers: { ApiToken: string; ApiUserToken: string }
  refreshToken: string
}

export interface TestServer extends AsyncDisposable {
  url: string
  context: AppContext
  dataDir: string
  /** ms since the epoch; add to it to let time pass */
  clock: { now: number }
  /** Lines of the log so far. */
  logged: string[]
  request(path: string, options?: RequestOptions): Promise<Answer>
  login(apiKey?: string): Promise<string>
  signIn(username: string, options?: { apiKey?: string; password?: string }): Promise<SignedIn>
  /** verifyUser */
  verify(username: string, password: string): Promise<Answer>
  /** refreshUserToken */
  refresh(refreshToken: string): Promise<Answer>
  /** `good` where these tokens do for a vet's call, else the code of the problem. */
  probe(headers: Record<string, string>): Promise<unknown>
}

export interface TestServerOptions extends Pick<StartOptions, 'calls' | 'openStore' | 'seed'> {
  env?: Record<string, string>
  config?: Partial<Config>
  /** Kept by whoever gives it. */
  dataDir?: string
  clock?: { now: number }
}

/** The demo practice with a diary of a few days: for tests whose devices hold it all, and that need no more of it. */
export const fewDays: Pick<StartOptions, 'seed'> = {
  seed: (context) => seedDemo(context, { back: 2, ahead: 3 }),
}

/** A store that another server owns, for a second one over it. */
export const borrowed = (store: Store): Store => ({
  kind: store.kind,
  database: (name, options) => store.database(name, options),
  list: () => store.list(),
  destroy: (name) => store.destroy(name),
  ping: () => store.ping(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
})

/** A call that the contract does not have, for what no call of it asks for yet. */
export const testCall = (
  path: string,
  auth: 'none' | 'serverKey',
  handler: AnyHandler,
): Route<AnyHandler> => ({
  name: path.slice(1),
  spec: call({
    service: 'system',
    method: 'POST',
    path,
    summary: '',
    description: '',
    auth: { kind: auth },
    body: z.unknown(),
    responses: { 200: { description: '', body: z.object({ body: z.unknown() }) } },
    errors: [],
  }),
  handler,
})

/** Hashes of tests need no strength. */
const passwordCost = { logN: 4, r: 8, p: 1 }

export const startServer = async (options: TestServerOptions = {}): Promise<TestServer> => {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'vetspace-server-')))
  const clock = options.clock ?? { now: Date.now() }
  const logged: string[] = []
  const log = pino({ level: 'debug', base: null }, { write: (line: string) => void logged.push(line) })
  const env = { DATA_DIR: dataDir, PORT: '0', CHECK_RESPONSES: '1', ...options.env }
  const config = { ...readConfig(env, ['--demo']), ...options.config }
  const { calls, openStore, seed } = options
  const server = await start(config, {
    log,
    now: () => clock.now,
    passwordCost,
    ...(calls ? { calls } : {}),
    ...(openStore ? { openStore } : {}),
    ...(seed ? { seed } : {}),
  })
  return {
    ...{ url: server.url, context: server.context, dataDir, clock, logged },
    ...callerOf(server.url),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const requesterOf =
  (url: string): TestServer['request'] =>
  async (where, options = {}) => {
    const { json, raw, headers = {} } = options
    const body = json === undefined ? raw : JSON.stringify(json)
    const response = await fetch(url + where, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: body as BodyInit }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') && text !== ''
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
      text,
    }
  }

/** Asked for by tests: with good tokens it is not found. */
export const missingClient = '/v2/mobile/clients/00000000-0000-4000-8000-00000000ffff'

type Caller = Pick<TestServer, 'request' | 'login' | 'signIn' | 'verify' | 'refresh' | 'probe'>

const callerOf = (url: string): Caller => {
  const request = requesterOf(url)
  const login: TestServer['login'] = async (apiKey = 'demo-api-key') => {
    const { body } = await request('/v2/authentication/login', { json: { accountId: demoAccountId, apiKey } })
    return String(body['token'])
  }
  const signIn: TestServer['signIn'] = async (username, { apiKey, password = demoPassword } = {}) => {
    const ApiToken = await login(apiKey)
    const { body } = await request('/v2/authentication/verifyUser', {
      json: { username, password },
      headers: { ApiToken },
    })
    const headers = { ApiToken, ApiUserToken: String(body['userToken']) }
    return { headers, refreshToken: String(body['refreshToken']) }
  }
  const authentication = async (name: string, json: object): Promise<Answer> =>
    await request(`/v2/authentication/${name}`, { json, headers: { ApiToken: await login() } })
  return {
    ...{ request, login, signIn },
    verify: (username, password) => authentication('verifyUser', { username, password }),
    refresh: (refreshToken) => authentication('refreshUserToken', { refreshToken }),
    async probe(headers) {
      const { status, body } = await request(missingClient, { headers })
      return status === 404 ? 'good' : body['code']
    },
  }
}
