/** A customer's own records over all groups: whose they are, in which order, and what changed. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { householdId } from '../../../server/demo/households.ts'
import { requestsIn } from '../../../server/services/prescriptions/read.ts'
import type { Group } from '../../../sync/group.ts'
import { customerOf, put, type Customer } from '../../support/customer.ts'
import { codeOf, forgetAnswers, type Headers, type Json } from '../../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../../support/server.ts'

const minute = 60_000

describe('ClientLink, a customer’s own records', () => {
  let server: TestServer
  let carol: Customer
  let groups: Record<1 | 2, Group>
  let amelia: Headers
  before(async () => {
    server = await startServer()
    carol = await customerOf(server)
    amelia = (await server.signIn('amelia.vet')).headers
    groups = { 1: await server.context.groups.get(1), 2: await server.context.groups.get(2) }
  })
  after(() => server[Symbol.asyncDispose]())

  const idsOf = async (group: Group, lookup: string, clientId: string): Promise<string[]> =>
    (await group.index.lookup([lookup, clientId])).map((parts) => parts.at(-1) ?? '')
  const idsIn = (items: Json[]): unknown[] => items.map(({ id }) => id)
  const edit = (type: string, id: string, changes: object): Promise<Answer> => {
    const at = new Date(server.clock.now).toISOString()
    const items = [{ clientItemId: randomUUID(), id, baseRevision: null, editedAt: at, changes }]
    const json = { deviceId: 'front-desk', batchId: '1', sentAt: at, items }
    return server.request(`/v2/mobile/upload${type}Items`, { json, headers: amelia })
  }
  const strangersAnimal = async (): Promise<string> =>
    (await idsOf(groups[1], 'client.animals', householdId(1, 3)))[0] ?? ''

  it('are those of every linked group, and nobody else’s', async () => {
    for (const [path, lookup] of [
      ['myAnimals', 'client.animals'],
      ['myAppointments', 'client.appointments'],
    ] as const) {
      const wanted = [
        ...(await idsOf(groups[1], lookup, carol.clientIds[1])),
        ...(await idsOf(groups[2], lookup, carol.clientIds[2])),
      ]
      const items = await carol.items(`${path}?limit=500`)
      expect(idsIn(items)).to.have.members(wanted)
      expect(new Set(items.map(({ groupName }) => groupName))).to.deep.equal(
        new Set(['Hillside Vets', 'Seaview Vets']),
      )
    }
  })

  it('are not found where they are another’s, in whichever group', async () => {
    const [mine = {}] = await carol.items('myAnimals')
    expect((await carol.get(`animals/${String(mine['id'])}`)).body).to.deep.equal(mine)
    const ofSam = (await idsOf(groups[2], 'client.animals', householdId(2, 3)))[0]
    for (const id of [await strangersAnimal(), ofSam, randomUUID()])
      for (const path of [`animals/${id}`, `animals/${id}/history`])
        expect(codeOf(await carol.get(path)), path).to.equal('404 NOT_FOUND')
    expect(codeOf(await carol.get('animals/not-a-uuid'))).to.equal('400 INVALID_REQUEST')
  })

  it('are in order of time, in pages, and between two times', async () => {
    const all = await carol.items('myAppointments?limit=500')
    const starts = all.map(({ startsAt }) => String(startsAt))
    expect(starts).to.deep.equal([...starts].sort())
    const paged: unknown[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await carol.get(`myAppointments?limit=7${cursor ? `&cursor=${cursor}` : ''}`)
      paged.push(...idsIn(body['items'] as Json[]))
      cursor = body['nextCursor'] as string | null
    }
    expect(paged).to.deep.equal(idsIn(all))
    const [from, to] = [starts[1], starts[3]]
    const between = await carol.items(`myAppointments?from=${from}&to=${to}`)
    expect(idsIn(between)).to.deep.equal(
      idsIn(all.filter(({ startsAt }) => String(startsAt) >= String(from) && String(startsAt) < String(to))),
    )
  })

  it('are told when they change, and when they become another’s', async () => {
    const since = new Date(server.clock.now).toISOString()
    const [first = ''] = await idsOf(groups[1], 'client.animals', carol.clientIds[1])
    const sold = { siteIds: [1], clientId: carol.clientIds[1], name: 'Sold', allergies: [] }
    const second = await put(groups[1], 'animal', sold)
    server.clock.now += 11 * minute
    const begun = await carol.get(`myAnimals?modifiedSince=${new Date(server.clock.now).toISOString()}`)
    expect(begun.body['items']).to.deep.equal([])
    await edit('Animal', first, { weightGrams: { from: 1, to: 2 } })
    await edit('Animal', second, { clientId: { from: carol.clientIds[1], to: householdId(1, 3) } })
    const changed = await carol.get(`myAnimals?cursor=${String(begun.body['nextCursor'])}`)
    const modifiedAt = new Date(server.clock.now).toISOString()
    const items = changed.body['items'] as Json[]
    expect(idsIn(items)).to.have.members([first, second])
    expect(items).to.deep.include({ id: second, deleted: true, modifiedAt })
    expect(changed.body['nextCursor']).to.be.a('string')
    const told = await carol.get(`myAnimals?cursor=${String(changed.body['nextCursor'])}`)
    expect(told.body['items'], 'told once').to.deep.equal([])
    server.clock.now += 11 * minute
    const later = await carol.get(`myAnimals?cursor=${String(changed.body['nextCursor'])}`)
    server.clock.now += 11 * minute
    const last = await carol.get(`myAnimals?cursor=${String(later.body['nextCursor'])}`)
    expect(last.body['items']).to.deep.equal([])
    const paged: unknown[] = []
    for (let cursor = ''; !(paged.includes(first) && paged.includes(second));) {
      const { body } = await carol.get(
        `myAnimals?limit=1&${cursor ? `cursor=${cursor}` : `modifiedSince=${since}`}`,
      )
      paged.push(...idsIn(body['items'] as Json[]))
      cursor = String(body['nextCursor'])
      if (paged.length > 50) throw new Error('It does not end')
    }
    expect(codeOf(await carol.get(`animals/${second}`))).to.equal('404 NOT_FOUND')
  })

  it('remind of no animal that has died or was sold, and no medicine is given for it', async () => {
    const clientId = carol.clientIds[1]
    const data = { clientId, name: 'Juno', species: 'Dog' }
    const at = new Date(server.clock.now).toISOString()
    const animalId = randomUUID()
    const items = [{ clientItemId: animalId, editedAt: at, data }]
    const json = { deviceId: 'front-desk', batchId: '1', sentAt: at, items }
    await server.request('/v2/mobile/uploadAnimalItems', { json, headers: amelia })
    const portal = async (path: string, body: Json): Promise<Answer> =>
      server.request(`/v2/clinicalPortal/${path}`, { json: body, headers: amelia })
    const due = { siteId: 1, clientId, animalId, kind: 'VACCINATION', text: 'Booster', dueOn: '2026-09-01' }
    const reminder = await portal('reminders', due)
    expect(reminder.status, reminder.text).to.equal(201)
    const { id } = reminder.body
    const medicine = { siteId: 1, clientId, animalId, description: 'Eye drops', quantity: 1 }
    const asked = await portal('prescriptions', { ...medicine, repeatsAllowed: 0 })
    expect(asked.status, asked.text).to.equal(201)
    const approve = async (): Promise<string> =>
      codeOf(await portal(`prescriptions/${String(asked.body['id'])}/status`, { status: 'APPROVED' }))
    server.clock.now += minute
    let place = `modifiedSince=${new Date(server.clock.now).toISOString()}`
    const told = async (): Promise<Json | undefined> => {
      server.clock.now += minute
      const { body } = await carol.get(`myReminders?${place}`)
      place = `cursor=${encodeURIComponent(String(body['nextCursor']))}`
      return (body['items'] as Json[]).find((one) => one['id'] === id)
    }
    expect(await told()).to.equal(undefined)
    await edit('Animal', animalId, { deceasedAt: { from: null, to: '2026-06-14' } })
    expect(await told()).to.include({ id, deleted: true })
    expect(idsIn(await carol.items('myReminders?limit=500'))).not.to.include(id)
    expect(await approve()).to.equal('422 ANIMAL_DECEASED')
    expect(codeOf(await portal('reminders', due))).to.equal('422 ANIMAL_DECEASED')
    await edit('Animal', animalId, { deceasedAt: { from: '2026-06-14', to: null } })
    expect(await told()).to.deep.include({ id, status: 'OPEN', animal: { id: animalId, name: 'Juno' } })
    await edit('Animal', animalId, { clientId: { from: clientId, to: householdId(1, 3) } })
    expect(await told()).to.include({ id, deleted: true })
    expect(await approve()).to.equal('422 STATUS_STEP_NOT_ALLOWED')
    await edit('Animal', animalId, { clientId: { from: householdId(1, 3), to: clientId } })
    expect(await told()).to.include({ id, status: 'OPEN' })
    expect(await approve()).to.equal('200 null')
  })

  it('begin with the day an animal became theirs', async () => {
    const [before, after] = [server.clock.now - 86_400_000, server.clock.now + 86_400_000]
    const animalId = await put(groups[1], 'animal', {
      siteIds: [1],
      clientId: householdId(1, 3),
      name: 'Bought',
    })
    const treated = (at: number) => ({
      ...{ siteIds: [1], animalId, appointmentId: null, code: 'CONS', description: null, quantity: '1' },
      ...{ treatedAt: new Date(at).toISOString(), invoiceId: null, voided: null },
    })
    await put(groups[1], 'treatment', treated(before))
    const seen = await put(groups[1], 'treatment', treated(after))
    await edit('Animal', animalId, { clientId: { from: householdId(1, 3), to: carol.clientIds[1] } })
    const { body } = await carol.get(`animals/${animalId}/history`)
    const items = body['items'] as { treatment: Json }[]
    expect(items.map(({ treatment }) => treatment['id'])).to.deep.equal([seen])
    expect(items[0]?.treatment['name']).to.equal('Consultation')
  })

  it('are asked for again, once, and the request is on the practice’s day list', async () => {
    const at = new Date(server.clock.now).toISOString()
    const [animalId] = await idsOf(groups[2], 'client.animals', carol.clientIds[2])
    const prescriptionId = await put(groups[2], 'prescription', {
      ...{
        siteIds: [3],
        siteId: 3,
        clientId: carol.clientIds[2],
        animalId,
        code: null,
        description: 'Drops',
      },
      ...{
        quantity: '1',
        directions: null,
        repeatsAllowed: 1,
        repeatsLeft: 1,
        validUntil: null,
        repeatOf: null,
      },
      ...{
        status: 'COLLECTED',
        requestedAt: at,
        practitionerId: null,
        messageForCustomer: null,
        repeats: [],
      },
      ...{ notes: null, customerNote: null, requestedBy: { userId: 'x', kind: 'STAFF' }, steps: [] },
    })
    const key = { 'Idempotency-Key': randomUUID() }
    const ask = (more: Headers = key): Promise<Answer> =>
      carol.send('POST', 'requestPrescription', { prescriptionId, note: 'Please' }, more)
    const made = await ask()
    expect(made.status, made.text).to.equal(201)
    expect(made.body).to.include({ status: 'REQUESTED', repeatOf: prescriptionId, customerNote: 'Please' })
    await forgetAnswers(server)
    expect((await ask()).body, 'after a crash').to.deep.equal(made.body)
    expect(codeOf(await ask({}))).to.equal('409 ALREADY_REQUESTED')
    const day = { from: at.slice(0, 10), to: new Date(server.clock.now + 86_400_000).toISOString() }
    expect(idsIn(await requestsIn(groups[2], 3, day))).to.include(made.body['id'])
    expect(idsIn(await carol.items('myPrescriptions?limit=500'))).to.include.members([
      prescriptionId,
      made.body['id'],
    ])
    const strangers = await put(groups[2], 'prescription', { siteIds: [3], clientId: householdId(2, 3) })
    for (const [id, code] of [
      [strangers, '404 NOT_FOUND'],
      ['x', '400 INVALID_REQUEST'],
    ])
      expect(codeOf(await carol.send('POST', 'requestPrescription', { prescriptionId: id }))).to.equal(code)
  })

  it('are no more when the account is linked no more, and a cursor says so', async () => {
    const { body } = await carol.get('myReminders?modifiedSince=2020-01-01T00:00:00Z')
    const headers = carol.headers
    await server.request('/v2/global/disconnectFromGroup', { json: { groupId: 2 }, headers })
    expect((await carol.items('myAnimals')).every(({ groupId }) => groupId === 1)).to.equal(true)
    const refused = await carol.get(`myReminders?cursor=${String(body['nextCursor'])}`)
    expect(codeOf(refused)).to.equal('400 INVALID_REQUEST')
    expect(refused.text).to.contain('links')
  })

  it('are a customer’s to ask for, with a query that is right', async () => {
    const paths = ['myAnimals', 'myAppointments', 'myReminders', 'myPrescriptions', 'myDetails']
    for (const path of [...paths, `animals/${randomUUID()}`]) {
      const url = `/v2/clientLink/${path}`
      expect(codeOf(await server.request(url, { headers: amelia })), path).to.equal('403 ROLE_NOT_ALLOWED')
      const { ApiToken = '' } = carol.headers
      expect(codeOf(await server.request(url, { headers: { ApiToken } }))).to.equal('401 TOKEN_MISSING')
    }
    for (const query of ['limit=0', 'limit=501', 'cursor=x', 'modifiedSince=yesterday', 'unknown=1'])
      for (const path of paths.slice(0, 4))
        expect(codeOf(await carol.get(`${path}?${query}`)), query).to.equal('400 INVALID_REQUEST')
    const both = 'myAppointments?from=2026-01-01T00:00:00Z&modifiedSince=2026-01-01T00:00:00Z'
    expect(codeOf(await carol.get(both))).to.equal('400 INVALID_REQUEST')
  })
})
