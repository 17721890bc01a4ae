/** Every call has examples; each works against the demo practice, and its answer is as declared. */
import { expect } from 'chai'
import type { CallSpec } from '../../server/contract/call.ts'
import {
  calls,
  callerFor,
  ExampleDemo,
  isStream,
  requestOf,
  sendExample,
  urlOf,
  type ExampleRequest,
} from '../support/example-runner.ts'
import { prepared } from '../support/prepared-examples.ts'
import type { Answer, TestServer } from '../support/server.ts'

type Json = Record<string, unknown>

const answerBody = (spec: CallSpec) => Object.values(spec.responses).find(({ body }) => body)?.body

describe('the examples of the contract', () => {
  let demo: ExampleDemo
  let reading: TestServer
  before(async () => {
    demo = await ExampleDemo.make()
    reading = await demo.fresh()
  })
  after(async () => {
    await reading[Symbol.asyncDispose]()
    await demo[Symbol.asyncDispose]()
  })

  for (const [name, spec] of calls) {
    it(`${name}: is told in a summary and a description, with examples as its declaration has them`, () => {
      expect(spec.summary, 'summary').to.match(/^\S.{3,79}$/)
      expect(spec.description, 'description').to.match(/^\S[^]{4,}/)
      const { params, query, body, response } = spec.examples ?? {}
      for (const [part, schema, example] of [
        ['params', spec.params, params],
        ['query', spec.query, query],
        ['body', spec.documentedBody ?? spec.body, body],
      ] as const)
        if (schema) expect(schema.safeParse(example).error?.issues, `examples.${part}`).to.equal(undefined)
      const answer = answerBody(spec)
      if (!answer) return expect(response, 'examples.response of an answer without body').to.equal(undefined)
      const { data, error } = answer.safeParse(response)
      expect(error?.issues, 'examples.response').to.equal(undefined)
      expect(data, 'examples.response has fields that the declaration does not have').to.deep.equal(response)
    })

    it(`${name}: its example works`, async () => {
      const server = spec.method === 'GET' && !isStream(spec) ? reading : await demo.fresh()
      try {
        const caller = await callerFor(spec, server)
        const request = { ...requestOf(spec), ...(await prepared[name]?.(server, caller)) }
        if (isStream(spec)) return await hears(spec, request, { server, headers: caller.headers ?? {} })
        expectAsDeclared(spec, await sendExample(spec, request, { server, headers: caller.headers }))
      } finally {
        if (server !== reading) await server[Symbol.asyncDispose]()
      }
    })
  }
})

/** A declared good status, a body as declared, and no item of a batch refused. */
const expectAsDeclared = (spec: CallSpec, { status, body, text }: Answer): void => {
  const declared = spec.responses[status]
  expect(declared, `${status}: ${text}`).not.to.equal(undefined)
  if (declared?.body) expect(declared.body.safeParse(body).error?.issues).to.equal(undefined)
  else expect(text).to.equal('')
  for (const result of (body['results'] ?? []) as Json[])
    expect(result['outcome'], JSON.stringify(result)).not.to.equal('REJECTED')
}

/** Opens the stream, makes a change, and reads its first event. */
const hears = async (
  spec: CallSpec,
  request: ExampleRequest,
  { server, headers }: { server: TestServer; headers: Record<string, string> },
): Promise<void> => {
  const leaving = new AbortController()
  const response = await fetch(server.url + urlOf(spec, request), { headers, signal: leaving.signal })
  expect(response.status).to.equal(200)
  expect(response.headers.get('content-type')).to.match(/^text\/event-stream/)
  const upload = calls.find(([name]) => name === 'uploadAnimalItems')?.[1]
  if (!upload) throw new Error('There is no uploadAnimalItems')
  expectAsDeclared(upload, await sendExample(upload, requestOf(upload), { server, headers }))
  let heard = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    heard += chunk
    const data = /^data: ?(.+)$/m.exec(heard)?.[1]
    if (data === undefined) continue
    expect(answerBody(spec)?.safeParse(JSON.parse(data)).error?.issues).to.equal(undefined)
    break
  }
  leaving.abort()
}
