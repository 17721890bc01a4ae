/** Every call has examples; each works against the demo practice, and its answer is as declared. */
import { expect } from 'chai'
import { api } from '../../server/contract/api.ts'
import type { CallSpec } from '../../server/contract/call.ts'
import { exampleIds } from '../../server/contract/example-records.ts'
import {
  calls,
  callerFor,
  ExampleDemo,
  requestOf,
  sendExample,
  urlOf,
  type CallName,
  type ExampleRequest,
} from '../support/example-runner.ts'
import { put } from '../support/customer.ts'
import type { Answer, SignedIn, TestServer } from '../support/server.ts'

type Json = Record<string, unknown>
type Prepare = (server: TestServer, caller: Partial<SignedIn>) => Promise<Partial<ExampleRequest>>

/** Begins an upload, so that there is one. */
const begunUpload: Prepare = async (server, { headers = {} }) => {
  const start = calls.find(([name]) => name === 'startUpload')?.[1]
  if (!start) throw new Error('There is no startUpload')
  const { headers: answered } = await sendExample(start, requestOf(start), { server, headers })
  return { params: { uploadId: String(answered.get('location')).split('/').at(-1) } }
}

/** Uploads the document of the examples. */
const uploadedDocument: Prepare = async (server, { headers = {} }) => {
  const upload = calls.find(([name]) => name === 'uploadDocument')?.[1]
  if (!upload) throw new Error('There is no uploadDocument')
  const { body } = await sendExample(upload, requestOf(upload), { server, headers })
  return { params: { documentId: body['documentId'] } }
}

/** The values of requests that only a running server can give. */
const prepared: Partial<Record<CallName, Prepare>> = {
  refreshUserToken: async (server) => {
    const { refreshToken } = await server.signIn('amelia.vet')
    return { body: { refreshToken } }
  },
  resetPassword: async (server, { headers }) => {
    const json = { username: 'ben.vet' }
    await server.request('/v2/authentication/forgottenPassword', { json, headers: headers ?? {} })
    const token = /"resetToken":"([^"]+)"/.exec(server.logged.join(''))?.[1]
    return { body: { resetToken: token, newPassword: 'Correct-Horse-47' } }
  },
  getDocument: uploadedDocument,
  updateDocument: uploadedDocument,
  deleteDocument: uploadedDocument,
  restoreDocument: uploadedDocument,
  addDocumentVersion: uploadedDocument,
  documentContent: uploadedDocument,
  documentThumbnail: uploadedDocument,
  uploadStatus: begunUpload,
  continueUpload: begunUpload,
  discardUpload: begunUpload,
  requestPrescription: async (server) => ({ body: { prescriptionId: await repeatable(server) } }),
  resolveConflict: async (server, { headers = {} }) => {
    const [animal, weights] = [`/v2/mobile/animals/${exampleIds.animalId}`, [505_000, 498_500]]
    const { body } = await server.request(animal, { headers })
    for (const [n, to] of weights.entries()) {
      const { id, revision: baseRevision, weightGrams: from } = body
      const changes = { weightGrams: { from, to } }
      const clientItemId = `0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e1${n}`
      const item = { clientItemId, id, baseRevision, editedAt: '2026-11-23T10:12:00Z', changes }
      const batch = { deviceId: `phone-${n}`, batchId: '1', sentAt: '2026-11-23T17:00:00Z', items: [item] }
      await server.request('/v2/mobile/uploadAnimalItems', { headers, json: batch })
    }
    const conflicts = await server.request('/v2/mobile/conflicts', { headers })
    const [conflict] = conflicts.body['items'] as { id: string; values: { stamp: string }[] }[]
    return { params: { id: conflict?.id }, body: { stamp: conflict?.values[1]?.stamp } }
  },
}

/** A prescription of Carol's first animal that may be repeated. */
const repeatable = async (server: TestServer): Promise<string> =>
  await put(await server.context.groups.get(1), 'prescription', {
    ...{ siteIds: [1, 2], siteId: 1, clientId: exampleIds.clientId, animalId: exampleIds.animalId },
    ...{
      code: null,
      description: 'Drops',
      quantity: '1',
      directions: null,
      repeatsAllowed: 2,
      repeatsLeft: 2,
    },
    ...{ validUntil: null, repeatOf: null, status: 'COLLECTED', requestedAt: '2026-11-16T09:00:00.000Z' },
    ...{ practitionerId: null, messageForCustomer: null, customerNote: null, notes: null, repeats: [] },
    ...{ requestedBy: { userId: exampleIds.practitionerId, kind: 'STAFF' }, steps: [] },
  })
/** A booking of the examples: its reference, and whose it is. */
const bookedProspect: Prepare = async (server, { headers = {} }) => {
  const free = urlOf(api.prospectAvailability, { params: {}, query: api.prospectAvailability.examples.query })
  const [slot] = (await server.request(free, { headers })).body['slots'] as Json[]
  const { practitionerId, startsAt } = slot ?? {}
  const json = { ...api.createProspectBooking.examples.body, practitionerId, startsAt }
  const { body } = await server.request('/v2/prospectBookings/bookings', { headers, json })
  return { params: { reference: body['reference'], prospectId: body['prospectId'] } }
}
for (const name of ['getProspectBooking', 'changeProspectBooking', 'cancelProspectBooking'] as const)
  prepared[name] = bookedProspect
for (const name of ['prospectMatches', 'registerProspect', 'mergeProspect'] as const)
  prepared[name] = bookedProspect

const isStream = (spec: CallSpec): boolean =>
  Object.values(spec.responses).some(({ contentType }) => contentType === 'text/event-stream')

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
