/** The OpenAPI document against the contract, and against the running server. */
import { expect } from 'chai'
import { parse } from 'yaml'
import { api } from '../../server/contract/api.ts'
import type { CallSpec } from '../../server/contract/call.ts'
import { errorTable, type ErrorCode } from '../../server/contract/errors.ts'
import { startServer, type TestServer } from '../support/server.ts'

interface Response {
  description: string
  content?: Record<string, { examples?: object }>
}
interface Operation {
  operationId: string
  parameters?: { name: string; in: string; required: boolean; schema: Record<string, unknown> }[]
  requestBody?: {
    content: Record<string, { schema: { properties: Record<string, unknown> }; example?: unknown }>
  }
  responses: Record<string, Response | { $ref: string }>
  security: Record<string, unknown>[]
}
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { examples: Record<string, unknown>; responses: Record<string, Response> }
}

const nameIn = (pointer: string): string => pointer.replace('#/components/responses/', '')

describe('openapi', () => {
  let server: TestServer
  let document: Document
  before(async () => {
    server = await startServer()
    document = (await server.request('/openapi.json')).body as unknown as Document
  })
  after(() => server[Symbol.asyncDispose]())

  const operation = ({ path, method }: CallSpec): Operation | undefined =>
    document.paths[path.replace(/[:*](\w+)/g, '{$1}')]?.[method.toLowerCase()]

  it('is the same as JSON and as YAML, and 304 for who has it', async () => {
    expect(document.openapi).to.match(/^3\.1/)
    const yaml = await server.request('/openapi.yaml')
    expect(parse(yaml.text, { maxAliasCount: -1 })).to.deep.equal(document)
    const headers = { 'If-None-Match': yaml.headers.get('etag') ?? '' }
    expect((await server.request('/openapi.yaml', { headers })).status).to.equal(304)
  })

  it('has every call of the contract, and no other', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
    expect(operations.map(({ operationId }) => operationId)).to.have.members(Object.keys(api))
  })

  it('has no address of two paths: where one has a word, the other has a number or a UUID', () => {
    const paths = Object.keys(document.paths)
    for (const [path, other] of paths.flatMap((path) => paths.map((other) => [path, other] as const))) {
      if (path >= other || path.split('/').length !== other.split('/').length) continue
      const apart = path.split('/').some((step, at) => {
        const facing = other.split('/')[at] ?? ''
        if (isName(step) === isName(facing)) return step !== facing && !isName(step)
        return isName(step) ? takesNoWord(path, step) : takesNoWord(other, facing)
      })
      expect(apart, `${path} and ${other}`).to.equal(true)
    }
  })

  const isName = (step: string): boolean => step.startsWith('{')

  const takesNoWord = (path: string, step: string): boolean => {
    const parameters = Object.values(document.paths[path] ?? {}).flatMap(({ parameters = [] }) => parameters)
    const schema = parameters.find(({ name }) => `{${name}}` === step)?.schema
    return schema?.['format'] === 'uuid' || schema?.['type'] === 'integer'
  }

  for (const [name, spec] of Object.entries<CallSpec>(api))
    it(`describes ${name} with every status and every error code`, () => {
      const found = operation(spec)
      expect(found?.operationId).to.equal(name)
      for (const status of Object.keys(spec.responses)) expect(found?.responses).to.have.property(status)
      const codes: ErrorCode[] = [...spec.errors, 'INVALID_REQUEST', 'STORE_UNAVAILABLE', 'INTERNAL']
      if (spec.auth.kind !== 'none') codes.push('TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED')
      if (spec.auth.kind === 'user') codes.push('ROLE_NOT_ALLOWED')
      for (const code of codes) {
        const told = found?.responses[String(errorTable[code].status)]
        const response = told && '$ref' in told ? document.components.responses[nameIn(told.$ref)] : told
        expect(response?.content?.['application/problem+json']?.examples, code).to.have.property(code)
      }
      const headers = spec.auth.kind === 'none' ? 0 : spec.auth.kind === 'user' ? 2 : 1
      expect(Object.keys(found?.security[0] ?? {})).to.have.length(headers)
    })

  it('has no pattern that only some validators can read', () => {
    expect(JSON.stringify(document)).not.to.match(/\\\\p\{/)
  })

  it('points only to what is there', () => {
    const text = JSON.stringify(document)
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = pointer
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document)
      expect(target, pointer).to.be.an('object')
    }
  })

  it('spells out what the items of an upload hold, and the parts of a document', () => {
    const upload = JSON.stringify(operation(api.uploadTreatmentItems)?.requestBody)
    for (const field of ['quantity', 'baseRevision', 'changes', 'treatedAt'])
      expect(upload).to.contain(`"${field}"`)
    const parts = operation(api.uploadDocument)?.requestBody?.content['multipart/form-data']?.schema
      .properties
    expect(parts).to.include.keys('file', 'clientItemId', 'animalId', 'sha256')
  })

  it('lists parameters with their type and whether they are needed', () => {
    const parameters = operation(api.retrieveFullList)?.parameters ?? []
    expect(parameters.map(({ name, required }) => `${name} ${required}`)).to.deep.equal([
      'siteId true',
      'date true',
      'statusFlag false',
    ])
    expect(parameters[0]?.schema).to.include({ type: 'integer' })
    expect(parameters[2]?.schema).to.include({ type: 'array' })
    expect(operation(api.getAnimalHistory)?.parameters?.map(({ in: place }) => place)).to.include('path')
  })

  it('books in its examples on a day that is still to come, whenever it is read', async () => {
    const clock = { now: Date.parse('2028-02-25T12:00:00Z') }
    await using later = await startServer({ clock })
    const path = '/v2/managedBookings/createAppointment'
    for (let times = 0; times < 2; times += 1) {
      const shown = ['/openapi.json', '/docs/assets/reference.json'].map(async (address) => {
        const { paths } = (await later.request(address)).body as unknown as Document
        return paths[path]?.['post']?.requestBody?.content['application/json']?.example
      })
      const [json, inReference] = await Promise.all(shown)
      expect(inReference).to.deep.equal(json)
      const headers = { ApiToken: await later.login() }
      const { status, text } = await later.request(path, { json, headers })
      expect(status, text).to.equal(201)
      clock.now += 100 * 86_400_000
    }
  })

  it('gives examples that the server takes', async () => {
    const { body } = await server.request(api.login.path, { json: api.login.examples.body })
    const headers = { ApiToken: String(body['token']) }
    const { status } = await server.request(api.verifyUser.path, {
      json: api.verifyUser.examples.body,
      headers,
    })
    expect(status).to.equal(200)
  })
})
