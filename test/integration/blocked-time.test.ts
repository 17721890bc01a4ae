/** Managed Bookings: time that a practice keeps free. */
import { expect } from 'chai'
import { exampleBookingDay, exampleIds } from '../../server/contract/example-records.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>

describe('Blocked time', () => {
  let server: TestServer
  let vet: Record<string, string>
  let seaview: Record<string, string>
  before(async () => {
    server = await startServer()
    vet = (await server.signIn('amelia.vet')).headers
    seaview = (await server.signIn('sam.seaview')).headers
  })
  after(() => server[Symbol.asyncDispose]())

  const { practitionerId } = exampleIds
  const ask = (method: string, path: string, json?: Json, headers = vet): Promise<Answer> =>
    server.request(`/v2/managedBookings/${path}`, { method, headers, ...(json ? { json } : {}) })
  const freeAt = async (): Promise<Json[]> => {
    const day = `siteId=1&from=${exampleBookingDay}&to=${exampleBookingDay}`
    return (await ask('GET', `searchAvailability?${day}`)).body['slots'] as Json[]
  }
  const listed = async (more = ''): Promise<Json[]> => {
    const day = `siteId=1&from=${exampleBookingDay}&to=${exampleBookingDay}`
    return (await ask('GET', `blockedTime?${day}${more}`)).body['blocks'] as Json[]
  }
  const codeOf = ({ status, body }: Answer): string => `${status} ${String(body['code'])}`

  it('of one practitioner is not offered nor booked, and is once it is given free', async () => {
    const before = await freeAt()
    const slot = before.find((one) => one['practitionerId'] === practitionerId) as Json
    const { startsAt, endsAt } = slot
    const made = await ask('POST', 'blockedTime', {
      siteId: 1,
      practitionerId,
      startsAt,
      endsAt,
      reason: 'Ward round',
    })
    expect(made.status, made.text).to.equal(201)
    expect(await freeAt()).to.deep.equal(before.filter((one) => one !== slot))
    const booking = {
      siteId: 1,
      practitionerId,
      clientId: exampleIds.clientId,
      startsAt,
      endsAt,
      reasonText: 'Lame',
    }
    expect(codeOf(await ask('POST', 'createAppointment', booking))).to.equal('409 SLOT_TAKEN')
    expect(await listed(`&practitionerId=${practitionerId}`)).to.deep.include(made.body)
    const path = `blockedTime/${String(made.body['id'])}`
    const stale = await ask('DELETE', path, undefined, { ...vet, 'If-Match': '1-0' })
    expect([codeOf(stale), stale.body['record']]).to.deep.equal(['409 STALE_REVISION', made.body])
    const seen = { ...vet, 'If-Match': String(made.body['revision']) }
    expect((await ask('DELETE', path, undefined, seen)).status).to.equal(204)
    expect(await freeAt()).to.deep.equal(before)
    expect(codeOf(await ask('DELETE', `blockedTime/${String(made.body['id'])}`))).to.equal('404 NOT_FOUND')
  })

  it('of a whole site leaves nobody’s time, and what is booked in it', async () => {
    const [slot] = await freeAt()
    const booking = { siteId: 1, clientId: exampleIds.clientId, reasonText: 'Lame', ...slotOf(slot) }
    const booked = await ask('POST', 'createAppointment', booking)
    expect(booked.status, booked.text).to.equal(201)
    const day = { startsAt: `${exampleBookingDay}T00:00:00Z`, endsAt: `${exampleBookingDay}T23:59:00Z` }
    const made = await ask('POST', 'blockedTime', { siteId: 1, ...day })
    expect(made.body).to.include({ practitionerId: null, reason: null })
    expect(await freeAt()).to.deep.equal([])
    const diary = `/v2/mobile/retrieveFullList?siteId=1&date=${exampleBookingDay}`
    const { body } = await server.request(diary, { headers: vet })
    expect((body['items'] as Json[]).map(({ id }) => id)).to.include(booked.body['id'])
    await ask('DELETE', `blockedTime/${String(made.body['id'])}`)
  })

  it('comes to devices, and leaves them', async () => {
    const known = async (): Promise<Json[]> => {
      const json = { deviceId: 'phone', collection: 'reference', checkpoint: null, limit: 10_000 }
      const { body } = await server.request('/v2/mobile/sync/pull', { json, headers: vet })
      return body['documents'] as Json[]
    }
    const day = { startsAt: `${exampleBookingDay}T08:00:00Z`, endsAt: `${exampleBookingDay}T08:30:00Z` }
    const { body } = await ask('POST', 'blockedTime', { siteId: 1, ...day, reason: 'Delivery' })
    const id = `block:${String(body['id'])}`
    expect((await known()).find((doc) => doc['id'] === id)).to.include({ kind: 'block', reason: 'Delivery' })
    await ask('DELETE', `blockedTime/${String(body['id'])}`)
    expect((await known()).some((doc) => doc['id'] === id)).to.equal(false)
  })

  it('is refused where it cannot be, and seen by nobody else', async () => {
    const day = { startsAt: `${exampleBookingDay}T08:00:00Z`, endsAt: `${exampleBookingDay}T08:30:00Z` }
    const post = (json: Json, headers = vet) => ask('POST', 'blockedTime', json, headers)
    expect(codeOf(await post({ siteId: 1, startsAt: day.endsAt, endsAt: day.startsAt }))).to.equal(
      '400 INVALID_REQUEST',
    )
    expect(codeOf(await post({ siteId: 1, ...day, endsAt: '2028-01-01T00:00:00Z' }))).to.equal(
      '400 INVALID_REQUEST',
    )
    expect(codeOf(await post({ siteId: 77, ...day }))).to.equal('404 UNKNOWN_SITE')
    const nobody = { siteId: 1, ...day, practitionerId: exampleIds.clientId }
    expect(codeOf(await post(nobody))).to.equal('422 UNKNOWN_REFERENCE')
    const { body } = await post({ siteId: 1, ...day })
    expect(codeOf(await post({ siteId: 1, ...day }, seaview))).to.equal('404 UNKNOWN_SITE')
    const others = await ask('DELETE', `blockedTime/${String(body['id'])}`, undefined, seaview)
    expect(codeOf(others)).to.equal('404 NOT_FOUND')
    expect(await listed()).to.deep.include(body)
  })
})

const slotOf = (slot: Json | undefined): Json => ({
  ...{ practitionerId: slot?.['practitionerId'], startsAt: slot?.['startsAt'], endsAt: slot?.['endsAt'] },
})
