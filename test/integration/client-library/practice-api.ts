/** The practice's own hands on the API, for what happens while a device is away. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import type { SignedIn, TestServer } from '../../support/server.ts'

type Json = Record<string, unknown>

/** A treatment without a code, as a vet enters it. */
export const hoofTrim = (animalId: string) => ({
  ...{ id: randomUUID(), animalId, description: 'Hoof trim', quantity: '1' },
  ...{ unitPrice: 2000, currency: 'GBP', vatRate: 2000, treatedAt: new Date().toISOString() },
})

/** A payment by card. */
export const cardPayment = (clientId: string) => ({
  ...{ id: randomUUID(), clientId, method: 'CARD', amount: 4500, currency: 'GBP' },
  takenAt: new Date().toISOString(),
})

export class PracticeApi {
  readonly #server: TestServer
  readonly #user: SignedIn

  private constructor(server: TestServer, user: SignedIn) {
    this.#server = server
    this.#user = user
  }

  static async signIn(server: TestServer, username = 'rita.reception'): Promise<PracticeApi> {
    return new PracticeApi(server, await server.signIn(username))
  }

  /** Uploads items; the results. */
  async upload(type: string, items: Json[]): Promise<Json[]> {
    const sentAt = new Date(this.#server.clock.now).toISOString()
    const json = { deviceId: 'front-desk', batchId: randomUUID(), sentAt, items }
    const path = `/v2/mobile/upload${type}Items`
    const { body, status, text } = await this.#server.request(path, { json, headers: this.#user.headers })
    expect(status, text).to.equal(200)
    return body['results'] as Json[]
  }

  /** Makes a record; its id. */
  async create(type: string, data: Json): Promise<string> {
    const clientItemId = randomUUID()
    const editedAt = new Date(this.#server.clock.now).toISOString()
    const [result] = await this.upload(type, [{ clientItemId, editedAt, data }])
    expect(result?.['outcome'], JSON.stringify(result)).to.equal('CREATED')
    return clientItemId
  }

  /** Changes a record as it is now. */
  async edit(
    type: string,
    id: string,
    changes: Record<string, { from: unknown; to: unknown }>,
  ): Promise<Json> {
    const record = await this.record(type, id)
    const clientItemId = randomUUID()
    const editedAt = new Date(this.#server.clock.now).toISOString()
    const baseRevision = record['revision']
    const [result] = await this.upload(type, [{ clientItemId, id, baseRevision, editedAt, changes }])
    expect(result?.['outcome'], JSON.stringify(result)).to.be.oneOf(['UPDATED', 'MERGED', 'CONFLICT'])
    return result ?? {}
  }

  /** The record as the server has it. */
  async record(type: string, id: string): Promise<Json> {
    const found = (await this.all(`${type.toLowerCase()}s`)).find((record) => record['id'] === id)
    expect(found, `${type} ${id} at the server`).to.not.equal(undefined)
    return found ?? {}
  }

  /** All of a collection that this user may see. */
  async all(collection: string): Promise<Json[]> {
    const json = { deviceId: 'front-desk', collection, checkpoint: null, limit: 10_000 }
    const { body, status, text } = await this.#server.request('/v2/mobile/sync/pull', {
      json,
      headers: this.#user.headers,
    })
    expect(status, text).to.equal(200)
    return body['documents'] as Json[]
  }
}
