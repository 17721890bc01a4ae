/** Runs the examples of the contract's calls against a demo server whose clock shows the day they are of. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { api, type Api } from '../../server/contract/api.ts'
import type { CallSpec, Role } from '../../server/contract/call.ts'
import { exampleDay } from '../../server/contract/example-records.ts'
import { picture } from './pictures.ts'
import { startServer, type Answer, type SignedIn, type TestServer } from './server.ts'

export type CallName = keyof Api
export const calls = Object.entries<CallSpec>(api) as [CallName, CallSpec][]

const users: Record<Role, string> = {
  vet: 'amelia.vet',
  nurse: 'nina.nurse',
  reception: 'rita.reception',
  groupAdmin: 'gita.groupadmin',
  customer: 'carol@example.com',
}

export interface ExampleRequest {
  params: Record<string, unknown>
  query: Record<string, unknown>
  body: unknown
}

/** Makes what an example needs to work, and gives what only a running server can. */
export type Prepare = (server: TestServer, caller: Partial<SignedIn>) => Promise<Partial<ExampleRequest>>

export const requestOf = ({ examples }: CallSpec): ExampleRequest => ({
  params: (examples?.params ?? {}) as Record<string, unknown>,
  query: (examples?.query ?? {}) as Record<string, unknown>,
  body: examples?.body,
})

/** The path and query of a call, filled in. */
export const urlOf = (spec: CallSpec, { params, query }: Omit<ExampleRequest, 'body'>): string => {
  const filled = spec.path
    .replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
    .replace(/\*(\w+)/, (_, name: string) => encodeURI(String(params[name])))
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  return search.size > 0 ? `${filled}?${search}` : filled
}

export const isStream = (spec: CallSpec): boolean =>
  Object.values(spec.responses).some(({ contentType }) => contentType === 'text/event-stream')

/** A demo whose data directory is made once; each server begins with a copy of it. */
export class ExampleDemo implements AsyncDisposable {
  readonly #folder: string
  #copies = 0

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async make(): Promise<ExampleDemo> {
    const demo = new ExampleDemo(await mkdtemp(path.join(tmpdir(), 'vetspace-examples-')))
    const server = await demo.#start('seeded')
    await server[Symbol.asyncDispose]()
    return demo
  }

  async fresh(): Promise<TestServer> {
    const copy = `copy-${(this.#copies += 1)}`
    await cp(path.join(this.#folder, 'seeded'), path.join(this.#folder, copy), { recursive: true })
    return await this.#start(copy)
  }

  async #start(name: string): Promise<TestServer> {
    const clock = { now: Date.parse(`${exampleDay}T18:00:00Z`) }
    return await startServer({ dataDir: path.join(this.#folder, name), clock })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Signs in as somebody whom the call allows; no tokens where it needs none. */
export const callerFor = async (
  { auth, errors }: CallSpec,
  server: TestServer,
): Promise<Partial<SignedIn>> => {
  if (auth.kind === 'none') return {}
  const [role] = auth.kind === 'user' ? auth.roles : []
  if (role) return await server.signIn(users[role])
  const key = errors.includes('AGENT_KEY_REQUIRED') ? 'demo-agent-key' : undefined
  return { headers: { ApiToken: await server.login(key) } as SignedIn['headers'] }
}

const headersOf = ({ headers = {} }: CallSpec): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, { example }]) =>
      example === undefined ? [] : [[name, example]],
    ),
  )

/** Sends an example: JSON, or a form with a file where the call takes one. */
export const sendExample = async (
  spec: CallSpec,
  request: ExampleRequest,
  { server, headers = {} }: { server: TestServer; headers?: Record<string, string> | undefined },
): Promise<Answer> => {
  const { method, bodyKind, idempotent } = spec
  const url = urlOf(spec, request)
  const key = idempotent ? { 'Idempotency-Key': '9b0f3c52-7d1e-4c1a-8f43-2a64c1f6b7d0' } : {}
  const bytes = bodyKind === 'bytes' ? { 'Content-Type': 'application/offset+octet-stream' } : {}
  const sent = { ...key, ...headers, ...bytes, ...headersOf(spec) }
  if (bodyKind !== 'multipart')
    return await server.request(url, { method, headers: sent, json: request.body })
  const form = new FormData()
  for (const [name, value] of Object.entries(request.body as Record<string, string>)) form.set(name, value)
  form.set('file', new File([await picture()], 'photo.jpg', { type: 'image/jpeg' }))
  const response = await fetch(server.url + url, { method, headers: sent, body: form })
  const text = await response.text()
  return {
    ...{ status: response.status, headers: response.headers, text },
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  }
}
