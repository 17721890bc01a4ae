/**
 * What is wrong with a request is refused and told, call by call, from the calls' own schemas: a field that is missing,
 * unknown or out of range, a parameter twice, a revision that is not the present one, a key used for something else.
 */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { CallSpec } from '../../../server/contract/call.ts'
import { mistakesInAddress, mistakesInBody, type Mistake } from '../../support/bad-input.ts'
import { calls, urlOf, type CallName } from '../../support/example-runner.ts'
import type { Answer } from '../../support/server.ts'
import { Tenants } from '../../support/tenants.ts'

type Json = Record<string, unknown>

describe('bad input', () => {
  let tenants: Tenants
  before(async () => {
    tenants = await Tenants.make()
  })
  after(() => tenants[Symbol.asyncDispose]())

  const headersFor = async ({ auth, errors }: CallSpec): Promise<Record<string, string>> => {
    if (auth.kind === 'none') return {}
    const [role] = auth.kind === 'user' ? auth.roles : []
    if (role) return await tenants.headers({ place: 'own', role })
    const agent = errors.includes('AGENT_KEY_REQUIRED')
    return { ApiToken: agent ? await tenants.server.login('demo-agent-key') : tenants.apiToken('own') }
  }

  /** The messages at a path, or at what holds it. */
  const toldAt = ({ body }: { body: Json }, path: string): string[] =>
    ((body['errors'] ?? []) as { path: string; message: string }[])
      .filter((error) => error.path === path || path.startsWith(error.path) || error.path.startsWith(path))
      .map(({ message }) => message)

  const expectRefused = (answer: Answer, path: string, what: string): void => {
    const said = `${what} at ${path}: ${answer.status} ${answer.text.slice(0, 300)}`
    expect([400, 413, 422], said).to.include(answer.status)
    expect(['INVALID_REQUEST', 'FIELDS_INVALID', 'BATCH_TOO_LARGE'], said).to.include(answer.body['code'])
    const messages = toldAt(answer, path)
    expect(messages, said).not.to.deep.equal([])
    for (const message of messages)
      expect(message, said).not.to.match(/expected|received|Too (big|small)|Invalid/)
  }

  /** Items of an upload stand alone: the batch is taken, the item refused. */
  const expectItemRefused = (answer: Answer, path: readonly string[], what: string): void => {
    const said = `${what} at ${path.join('.')}: ${answer.status} ${answer.text.slice(0, 300)}`
    expect(answer.status, said).to.equal(200)
    const results = answer.body['results'] as Json[]
    const result = results[Number(path[1])]
    expect(result?.['outcome'], said).to.equal('REJECTED')
    expect(toldAt({ body: result ?? {} }, path.slice(2).join('.')), said).not.to.deep.equal([])
  }

  const sendMistakes = async (
    entry: readonly [CallName, CallSpec],
    part: 'params' | 'query' | 'body',
    mistakes: readonly Mistake[],
  ): Promise<void> => {
    const [, spec] = entry
    const headers = await headersFor(spec)
    for (const { path, what, value } of mistakes) {
      const key = { 'Idempotency-Key': randomUUID() }
      const answer = await tenants.ask(entry, { ...headers, ...key }, { [part]: value })
      const inItem = spec.documentedBody !== undefined && part === 'body' && path.length > 1
      if (inItem) expectItemRefused(answer, path, what)
      else expectRefused(answer, [...(part === 'body' ? [] : [part]), ...path].join('.'), what)
    }
  }

  for (const entry of calls) {
    const [name, spec] = entry
    const body = spec.documentedBody ?? spec.body
    it(`${name}: what is missing, unknown or out of range in the address is told`, async () => {
      const { params, query } = tenants.requestOf(name)
      const inPath = mistakesInAddress(spec.params, params).filter(
        ({ what }) => !['missing', 'unknown', 'empty'].includes(what),
      )
      await sendMistakes(entry, 'params', inPath)
      await sendMistakes(entry, 'query', mistakesInAddress(spec.query, query))
      if (spec.method !== 'GET') return
      const url = urlOf(spec, { params, query: { ...query, limit: 1 } })
      const twice = await tenants.server.request(`${url}&limit=1`, {
        headers: await headersFor(spec),
      })
      expectRefused(twice, 'query.limit', 'twice')
    })

    if (body && (spec.bodyKind ?? 'json') === 'json')
      it(`${name}: what is missing, unknown or out of range in the body is told`, async () => {
        const all = mistakesInBody(body, tenants.requestOf(name).body)
        // Where one of two shapes lacks its field, the other may be meant.
        const sure = name === 'resolveConflict' ? all.filter(({ what }) => what !== 'missing') : all
        await sendMistakes(entry, 'body', sure)
      })

    if (spec.ifMatch)
      it(`${name}: a revision that is not the present one is refused, with the record as it is`, async () => {
        // The examples' records of a customer are the demo's own customer's.
        const isCustomers = spec.auth.kind === 'user' && spec.auth.roles.includes('customer')
        const { headers: carol } = await tenants.server.signIn('carol@example.com')
        const caller = isCustomers ? carol : await headersFor(spec)
        const headers = { ...caller, 'If-Match': '9-00000000000000000000000000000000' }
        const { body: example } = tenants.requestOf(name)
        const ofGroup = name === 'updateMyDetails' ? { body: { ...(example as Json), groupId: 1 } } : {}
        const answer = await tenants.ask(entry, headers, ofGroup)
        expect([answer.status, answer.body['code']], answer.text).to.deep.equal([409, 'STALE_REVISION'])
        expect(answer.body['record']).to.be.an('object').that.has.property('revision')
      })

    if (spec.idempotent && spec.body)
      it(`${name}: an Idempotency-Key is not good for another body`, async () => {
        const headers = await headersFor(spec)
        const first = await tenants.ask(entry, headers)
        const example = tenants.requestOf(name).body as Json
        const other = name in another ? { ...example, ...another[name] } : withAnotherNumber(example)
        const again = await tenants.ask(entry, headers, { body: other })
        expect([again.status, again.body['code']], `${first.text}\n${again.text}`).to.deep.equal([
          ...[422, 'IDEMPOTENCY_KEY_REUSED'],
        ])
      })
  }
})

/** Of bodies without a number. */
const another: Partial<Record<CallName, Json>> = {
  captureUserInfo: { firstName: 'Another' },
  changePrescriptionStatus: { status: 'DECLINED' },
  erasePersonalData: { documentCategories: [] },
  resolveConflict: { stamp: 'another' },
}

/** A body of the same shape, in which one UUID or number is another. */
const withAnotherNumber = (body: unknown): unknown => {
  const text = JSON.stringify(body)
  const other = text.replace(/"(\w+Id)":"[0-9a-f]{8}-/, '"$1":"0a0b0c0d-')
  return JSON.parse(other === text ? text.replace(/":(\d+)/, (_, n: string) => `":${Number(n) + 1}`) : other)
}
