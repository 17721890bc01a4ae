/** Calls of the Global service as an app makes them, and customers made for a test. */
import type { Answer, TestServer } from './server.ts'

export type Json = Record<string, unknown>
export type Headers = Record<string, string>

export const password = 'Three-Grey-Mares-9'

/** What a customer fills in. */
export const person = (email: string): Json => ({
  ...{ email, title: 'Mrs', firstName: 'Dorothy', lastName: 'Hale', mobile: '+44 7700 900123' },
  ...{ password, acceptTerms: true },
})

export const codeOf = ({ status, body }: Answer): string => `${status} ${String(body['code'])}`

export interface GlobalCaller {
  /** Tokens of the app key and of the server key. */
  app: Headers
  key: Headers
  post: (call: string, json: unknown, headers: Headers) => Promise<Answer>
  get: (path: string, headers: Headers) => Promise<Answer>
  newAccount: () => Promise<{ globalAccountId: string; email: string }>
  signedIn: (email: string) => Promise<Headers>
  connections: (headers: Headers) => Promise<Json[]>
}

export const globalCaller = async (server: TestServer): Promise<GlobalCaller> => {
  const app = { ApiToken: await server.login('demo-app-key') }
  const key = { ApiToken: await server.login() }
  const post: GlobalCaller['post'] = (call, json, headers) =>
    server.request(`/v2/global/${call}`, { json, headers })
  const get: GlobalCaller['get'] = (path, headers) => server.request(`/v2/global/${path}`, { headers })
  let people = 0
  return {
    ...{ app, key, post, get },
    newAccount: async () => {
      const email = `dorothy${(people += 1)}@example.com`
      const { body } = await post('captureUserInfo', person(email), app)
      return { globalAccountId: String(body['globalAccountId']), email }
    },
    signedIn: async (email) => (await server.signIn(email, { apiKey: 'demo-app-key', password })).headers,
    connections: async (headers) => (await get('myConnections', headers)).body['connections'] as Json[],
  }
}

/** As if the server had died each time between the last write of a call and the keeping of its answer. */
export const forgetAnswers = async (server: TestServer): Promise<void> => {
  const db = await server.context.store.database('accounts')
  const docs = await db.range({ from: 'idempotency:', to: 'idempotency:\uffff' })
  await db.write(docs.map(({ answer, ...doc }) => ({ ...doc, leaseUntil: 0 })))
}
