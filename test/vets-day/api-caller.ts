/** The API as an integrator calls it: fetch, two tokens, JSON. */
import assert from 'node:assert/strict'

export type Json = Record<string, unknown>

export class ApiCaller {
  readonly #url: string
  #headers: Record<string, string> = {}

  constructor(url: string) {
    this.#url = url
  }

  /** The tokens, for calls made without this class. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers
  }

  async signIn(username: string, password: string): Promise<void> {
    const accountId = '00000000-0000-4000-8000-000000000001'
    const login = await this.post('/v2/authentication/login', { accountId, apiKey: 'demo-api-key' })
    this.#headers = { ApiToken: String(login['token']) }
    const user = await this.post('/v2/authentication/verifyUser', { username, password })
    this.#headers['ApiUserToken'] = String(user['userToken'])
  }

  async post(path: string, body: unknown): Promise<Json> {
    const headers = { ...this.#headers, 'Content-Type': 'application/json' }
    return await this.#send(path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  async get(path: string): Promise<Json> {
    return await this.#send(path, { headers: this.#headers })
  }

  async #send(path: string, init: RequestInit): Promise<Json> {
    const response = await fetch(this.#url + path, init)
    const text = await response.text()
    assert.ok(response.ok, `${path} answered ${response.status}: ${text}`)
    return JSON.parse(text) as Json
  }

  /** Every document of a collection, as a fresh device would pull it. */
  async pullAll(collection: string): Promise<Json[]> {
    const all: Json[] = []
    let checkpoint: unknown = null
    for (;;) {
      const body = { deviceId: 'reader', collection, checkpoint, limit: 5000 }
      const page = await this.post('/v2/mobile/sync/pull', body)
      const documents = page['documents'] as Json[]
      all.push(...documents.filter((document) => document['_deleted'] !== true))
      checkpoint = page['checkpoint']
      if (documents.length < 5000) return all
    }
  }
}
