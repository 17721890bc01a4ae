/** What of an example's request only a running server can give: ids of what has to be made first, and tokens. */
import { TOTP } from 'otpauth'
import { api } from '../../server/contract/api.ts'
import { exampleIds } from '../../server/contract/example-records.ts'
import { bridgeExamples } from './bridge-examples.ts'
import { demoPassword } from '../../server/demo/practice.ts'
import { put } from './customer.ts'
import { calls, requestOf, sendExample, urlOf, type CallName, type Prepare } from './example-runner.ts'
import type { TestServer } from './server.ts'

/** Sends the example of another call. */
const sent = async (name: CallName, server: TestServer, headers: Record<string, string>) => {
  const spec = calls.find(([one]) => one === name)?.[1]
  if (!spec) throw new Error(`There is no ${name}`)
  return await sendExample(spec, requestOf(spec), { server, headers })
}

/** Begins an upload, so that there is one. */
const begunUpload: Prepare = async (server, { headers = {} }) => {
  const { headers: answered } = await sent('startUpload', server, headers)
  return { params: { uploadId: String(answered.get('location')).split('/').at(-1) } }
}

/** Uploads the document of the examples. */
const uploadedDocument: Prepare = async (server, { headers = {} }) => {
  const { body } = await sent('uploadDocument', server, headers)
  return { params: { documentId: body['documentId'] } }
}

/** Blocks the time of the examples. */
const blockedTime: Prepare = async (server, { headers = {} }) => {
  const { body } = await sent('blockTime', server, headers)
  return { params: { blockId: body['id'] } }
}

/** The values of requests that only a running server can give. */
export const prepared: Partial<Record<CallName, Prepare>> = {
  refreshUserToken: async (server) => {
    const { refreshToken } = await server.signIn('amelia.vet')
    return { body: { refreshToken } }
  },
  resetPassword: async (server, { headers }) => {
    const json = { username: 'ben.vet' }
    await server.request('/v2/authentication/forgottenPassword', { json, headers: headers ?? {} })
    await server.context.postman.work()
    const token = /"resetToken":"([^"]+)"/.exec(server.logged.join(''))?.[1]
    return { body: { resetToken: token, newPassword: 'Correct-Horse-47' } }
  },
  confirmSecondFactor: async (server, caller) => ({
    body: { oneTimeCode: (await enrolled(server, caller)).generate({ timestamp: server.clock.now }) },
  }),
  disableSecondFactor: async (server, caller) => {
    const totp = await enrolled(server, caller)
    const json = { oneTimeCode: totp.generate({ timestamp: server.clock.now }) }
    const path = '/v2/authentication/secondFactor/confirm'
    const { body } = await server.request(path, { json, headers: caller.headers ?? {} })
    return { body: { password: demoPassword, oneTimeCode: (body['recoveryCodes'] as string[])[0] } }
  },
  unblockTime: blockedTime,
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
  // A client of nobody's: erasing one of the examples would take it from the others.
  erasePersonalData: async (server) => ({ params: { clientId: await formerClient(server) } }),
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

const formerClient = async (server: TestServer): Promise<string> =>
  await put(await server.context.groups.get(1), 'client', {
    ...{ siteIds: [1, 2], title: null, firstName: 'Former', lastName: 'Client', address: null },
    ...{ phones: [], emails: [], deactivated: true, externalIds: [] },
  })

/** What an app has of a secret that was asked for just now. */
const enrolled = async (server: TestServer, { headers = {} }: { headers?: object }): Promise<TOTP> => {
  const { body } = await server.request('/v2/authentication/secondFactor/enrol', {
    ...{ json: { password: demoPassword }, headers: headers as Record<string, string> },
  })
  return new TOTP({ secret: String(body['secret']) })
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
  const [slot] = (await server.request(free, { headers })).body['slots'] as Record<string, unknown>[]
  const { practitionerId, startsAt } = slot ?? {}
  const json = { ...api.createProspectBooking.examples.body, practitionerId, startsAt }
  const { body } = await server.request('/v2/prospectBookings/bookings', { headers, json })
  return { params: { reference: body['reference'], prospectId: body['prospectId'] } }
}
for (const name of ['getProspectBooking', 'changeProspectBooking', 'cancelProspectBooking'] as const)
  prepared[name] = bookedProspect
for (const name of ['prospectMatches', 'registerProspect', 'mergeProspect'] as const)
  prepared[name] = bookedProspect
Object.assign(prepared, bridgeExamples)
