/** A device that uploads what its user made, and writes down what was acknowledged and what is open. */
import { randomUUID } from 'node:crypto'
import type { Json } from '../../vets-day/api-caller.ts'

type Call = 'uploadClientItems' | 'uploadAnimalItems' | 'uploadTreatmentItems' | 'uploadPaymentItems'

export interface Batch {
  call: Call
  items: Json[]
}

interface Result {
  clientItemId: string
  id: string
  revision: string
  outcome: string
}

/** What a record is to say when all is acknowledged: only this device writes it. */
export interface Expected {
  collection: 'clients' | 'animals' | 'treatments' | 'payments'
  id: string
  values: Json
  /** Edits that are to be in it, each once. */
  edits: string[]
}

const now = (): string => new Date().toISOString()
const creation = (data: Json): Json => ({ clientItemId: randomUUID(), editedAt: now(), data })

export class Uploader {
  readonly expected: Expected[] = []
  /** Answered batches, in order, and the one whose answer never came. */
  readonly answered: Batch[] = []
  open: Batch | undefined
  #post: (path: string, body: Json) => Promise<Json>
  readonly #name: string

  constructor(name: string, post: (path: string, body: Json) => Promise<Json>) {
    this.#name = name
    this.#post = post
  }

  /** Makes records and edits them until the server does not answer any more. */
  async work(random: (below: number) => number): Promise<void> {
    const [client] = await this.#make('clients', 'uploadClientItems', [
      { lastName: this.#name, siteIds: [1] },
    ])
    const clientId = String(client?.id)
    for (let n = 0; ; n += 1) {
      const count = 1 + random(4)
      const animals = await this.#make(
        'animals',
        'uploadAnimalItems',
        Array.from({ length: count }, (_, i) => ({
          clientId,
          name: `${this.#name} ${n}.${i}`,
          siteIds: [1],
        })),
      )
      const animalIds = animals.map(({ id }) => id)
      await this.#make(
        'treatments',
        'uploadTreatmentItems',
        animalIds.map((animalId) => ({ animalId, ...trim, notes: `${this.#name} ${n}`, treatedAt: now() })),
      )
      await this.#edit(animals, n)
      const amount = 100 + random(900)
      await this.#make('payments', 'uploadPaymentItems', [
        { clientId, method: 'CARD', amount, currency: 'GBP', takenAt: now() },
      ])
    }
  }

  async #make(collection: Expected['collection'], call: Call, all: Json[]): Promise<Result[]> {
    const items = all.map(creation)
    for (const item of items)
      this.expected.push({
        ...{ collection, id: String(item['clientItemId']), edits: [] },
        values: item['data'] as Json,
      })
    return await this.#send({ call, items })
  }

  /** Two edits of each, the second made on top of the first. */
  async #edit(animals: readonly Result[], n: number): Promise<void> {
    const items = animals.flatMap(({ id, revision }) =>
      [1, 2].map((step) => {
        const clientItemId = randomUUID()
        const [from, to] = [step === 1 ? null : `${n} once`, step === 1 ? `${n} once` : `${n} twice`]
        const record = this.expected.find((one) => one.id === id)
        record?.edits.push(clientItemId)
        Object.assign(record?.values ?? {}, { colour: to })
        const changes = { colour: { from, to } }
        return { clientItemId, id, baseRevision: revision, editedAt: now(), changes }
      }),
    )
    await this.#send({ call: 'uploadAnimalItems', items })
  }

  async #send(batch: Batch): Promise<Result[]> {
    this.open = batch
    const results = await this.post(batch)
    this.open = undefined
    this.answered.push(batch)
    return results
  }

  /** From now on asks by another session. */
  use(post: (path: string, body: Json) => Promise<Json>): void {
    this.#post = post
  }

  async post({ call, items }: Batch): Promise<Result[]> {
    const body = { deviceId: this.#name, batchId: randomUUID(), sentAt: now(), items }
    return (await this.#post(`/v2/mobile/${call}`, body))['results'] as Result[]
  }
}

const trim = {
  ...{ description: 'Hoof trim', quantity: 1, unitPrice: 2000, currency: 'GBP', vatRate: 2000 },
}
