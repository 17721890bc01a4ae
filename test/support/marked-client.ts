/** A client of the demo practice in whose every corner stands a word that stands nowhere else. */
import { randomUUID } from 'node:crypto'
import { exampleIds } from '../../server/contract/example-records.ts'
import type { Group } from '../../sync/group.ts'
import type { StoredDoc } from '../../sync/store/port.ts'
import { put } from './customer.ts'
import { picture } from './pictures.ts'
import type { TestServer } from './server.ts'

type Headers = Record<string, string>
type Json = Record<string, unknown>

export const { clientId, animalId } = exampleIds

export class MarkedClient {
  readonly word = `Zorilla${randomUUID().slice(0, 8)}`
  readonly server: TestServer
  readonly vet: Headers
  readonly admin: Headers
  readonly group: Group
  /** The client's revision before it was marked. */
  firstRevision = ''

  private constructor(server: TestServer, people: { vet: Headers; admin: Headers }, group: Group) {
    this.server = server
    this.vet = people.vet
    this.admin = people.admin
    this.group = group
  }

  static async make(server: TestServer): Promise<MarkedClient> {
    const vet = (await server.signIn('amelia.vet')).headers
    const admin = (await server.signIn('gita.groupadmin')).headers
    const marked = new MarkedClient(server, { vet, admin }, await server.context.groups.get(1))
    await marked.#everywhere()
    return marked
  }

  get now(): string {
    return new Date(this.server.clock.now).toISOString()
  }

  async upload(type: string, item: Json, deviceId = 'phone'): Promise<Json> {
    const batch = { deviceId, batchId: randomUUID(), sentAt: this.now }
    const json = { ...batch, items: [{ clientItemId: randomUUID(), editedAt: this.now, ...item }] }
    const { body, text } = await this.server.request(`/v2/mobile/upload${type}Items`, {
      json,
      headers: this.vet,
    })
    const [result] = (body['results'] ?? []) as Json[]
    if (!result) throw new Error(text)
    return result
  }

  async client(): Promise<StoredDoc> {
    const doc = await this.group.db.get(`client:${clientId}`)
    if (!doc) throw new Error('The client is gone')
    return doc
  }

  erase(json: Json = {}, headers: Headers = this.admin) {
    return this.server.request(`/v2/administration/clients/${clientId}/erasure`, { json, headers })
  }

  /** Cancels what is ahead of the client, so that erasing may begin. */
  async cancelAhead(): Promise<number> {
    const { body } = await this.erase()
    const ids = (body['appointmentIds'] ?? []) as string[]
    for (const id of ids) {
      const doc = await this.group.db.get(`appointment:${id}`)
      const changes = { status: { from: doc?.['status'], to: 'CANCELLED' } }
      await this.upload('Appointment', { id, baseRevision: doc?._rev, changes })
    }
    return ids.length
  }

  /** Stored documents of the group, its ledger and the accounts that hold the word. */
  async holding(word = this.word): Promise<string[]> {
    const { store } = this.server.context
    const found: string[] = []
    for (const name of ['group-1', 'ledger-1', 'accounts', 'audit-1', 'audit'])
      for (const doc of await (await store.database(name)).range({ from: '', to: '\uffff' }))
        if (JSON.stringify(doc).toLowerCase().includes(word.toLowerCase())) found.push(doc._id)
    return found
  }

  async #everywhere(): Promise<void> {
    const { word } = this
    const before = await this.client()
    this.firstRevision = before._rev
    const edit = (to: Json, deviceId: string): Promise<Json> => {
      const changes = Object.fromEntries(
        Object.entries(to).map(([field, value]) => [field, { from: before[field] ?? null, to: value }]),
      )
      return this.upload('Client', { id: clientId, baseRevision: before._rev, changes }, deviceId)
    }
    const address = { ...(before['address'] as Json), line1: `1 ${word} Lane` }
    await edit({ firstName: word, address, phones: [`+44 ${word}`] }, 'phone')
    await edit(
      { firstName: `${word} the other`, emails: [`${word}@example.com`.toLowerCase(), 'x@example.com'] },
      'tablet',
    )
    const visit = {
      ...{ siteId: 1, practitionerId: exampleIds.practitionerId, clientId, animalIds: [animalId] },
      ...{ startsAt: '2026-10-01T09:00:00Z', endsAt: '2026-10-01T09:15:00Z', status: 'TREATED' },
    }
    const { id, revision } = await this.upload('Appointment', {
      data: { ...visit, notes: `Gate code ${word}`, reasonText: word },
    })
    const changes = { notes: { from: `Gate code ${word}`, to: `Gate code ${word}, no ${word}` } }
    await this.upload('Appointment', { id, baseRevision: revision, changes })
    await this.upload('Payment', {
      data: {
        ...{ clientId, method: 'CASH', amount: 4321, currency: 'GBP', takenAt: this.now },
        notes: `From ${word}`,
      },
    })
    await this.upload('Client', {
      id: clientId,
      baseRevision: null,
      changes: { nickname: { from: null, to: word } },
    })
    const common = { groupId: 1, siteIds: [1], siteId: 1, clientId, animalId }
    await put(this.group, 'reminder', {
      ...{ ...common, kind: 'VACCINATION', text: `Dear ${word}`, dueOn: '2027-01-01', notes: word },
      ...{ status: 'OPEN', settledAt: null, settledBy: null, practitionerId: null },
    })
    await put(this.group, 'prescription', {
      ...{ ...common, code: null, description: 'Drops', quantity: '1', directions: 'Twice a day' },
      ...{ status: 'COLLECTED', requestedAt: '2026-10-02T09:00:00.000Z', customerNote: `I am ${word}` },
      ...{ messageForCustomer: word, notes: null, steps: [], repeats: [], repeatsAllowed: 0, repeatsLeft: 0 },
    })
    await this.#asProspect(String(id))
    await this.document('CONSENT', `Consent of ${word}`)
    await this.document('XRAY', 'Left hind leg')
  }

  /** They had booked as somebody who is no client, and were found to be this one. */
  async #asProspect(appointmentId: string): Promise<void> {
    const { word } = this
    const common = { groupId: 1, siteIds: [1] }
    const own = await this.upload('Client', {
      data: { lastName: word, phones: [`+44 ${word}`], emails: [`${word}@example.org`.toLowerCase()] },
    })
    const prospectId = String(own['id'])
    await this.group.db.write([
      { _id: `prospect:${prospectId}`, type: 'prospect', ...common, status: 'MERGED', clientId },
    ])
    await put(this.group, 'prospectBooking', {
      ...{ ...common, appointmentId, prospectId, animalIds: [animalId], notes: `Gate code ${word}` },
    })
  }

  async document(category: string, title: string): Promise<void> {
    const form = new FormData()
    const fields = { clientItemId: randomUUID(), animalId, clientId, title, category }
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    form.set('file', new File([await picture()], `${title}.jpg`, { type: 'image/jpeg' }))
    const response = await fetch(`${this.server.url}/v2/mobile/uploadDocument`, {
      ...{ method: 'POST', headers: this.vet, body: form },
    })
    if (response.status !== 201) throw new Error(await response.text())
  }
}
