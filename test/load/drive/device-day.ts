/** A vet's day on a phone, over and over: visits with uploads, files, and pulls of what events name. */
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { collectionNames } from '../../../sync/contract/records.ts'
import { metadataText, uploadsPath } from '../../support/tus.ts'
import { formOf, formType } from '../../support/document-client.ts'
import { Connection, type Json } from './connection.ts'
import { vetOf } from './practice.ts'
import type { Recorder } from './recorder.ts'
import { demoAccountId, demoPassword } from '../../../server/demo/practice.ts'

/** Between two steps of a visit (ms), and between two pulls of what events have named. */
const thinkMs = 1500
const pullEveryMs = 10_000
const pageSize = 1000

export interface DayOptions {
  url: string
  recorder: Recorder
  /** Counts from 0. */
  number: number
  signal: AbortSignal
}

interface Own {
  clientId: string
  animalId: string
  appointmentId: string | undefined
  weight: number | null
  notes: string | null
}

const thinking = async (signal: AbortSignal, ms = thinkMs): Promise<void> => {
  await pause(ms / 2 + Math.random() * ms, undefined, { signal }).catch(() => undefined)
}

export const deviceDay = async (options: DayOptions): Promise<void> => {
  using device = new DeviceDay(options)
  await device.run()
}

class DeviceDay implements Disposable {
  readonly #options: DayOptions
  readonly #http: Connection
  readonly #deviceId = `load-${randomUUID()}`
  readonly #vet: ReturnType<typeof vetOf>
  readonly #checkpoints = new Map<string, unknown>()
  readonly #dirty = new Set<string>()
  #practitionerId = ''
  #own: Own | undefined
  #visits = 0

  constructor(options: DayOptions) {
    this.#options = options
    this.#http = new Connection(options.url, options.recorder)
    this.#vet = vetOf(options.number)
  }

  async run(): Promise<void> {
    const { signal, number } = this.#options
    await pause(number * 100, undefined, { signal }).catch(() => undefined)
    if (signal.aborted || !(await this.#signIn())) return
    for (const collection of collectionNames) await this.#pull(collection)
    const listening = this.#http.listen(
      `/v2/mobile/sync/events?deviceId=${this.#deviceId}`,
      ({ collection }) => this.#dirty.add(String(collection)),
      signal,
    )
    const pulling = this.#follow()
    while (!signal.aborted) await this.#visit()
    await Promise.all([listening, pulling])
  }

  async #signIn(): Promise<boolean> {
    const login = await this.#http.ask({
      ...{ call: 'login', path: '/v2/authentication/login' },
      json: { accountId: demoAccountId, apiKey: 'demo-app-key' },
    })
    this.#http.headers = { ApiToken: String(login?.body['token']) }
    const { username } = this.#vet
    const user = await this.#http.ask({
      ...{ call: 'verifyUser', path: '/v2/authentication/verifyUser' },
      json: { username, password: demoPassword },
    })
    this.#http.headers['ApiUserToken'] = String(user?.body['userToken'])
    this.#practitionerId = String((user?.body['user'] as Json | undefined)?.['practitionerId'])
    return user !== undefined
  }

  /** Pulls a collection until it is caught up. */
  async #pull(collection: string): Promise<void> {
    for (let more = true; more && !this.#options.signal.aborted;) {
      const checkpoint = this.#checkpoints.get(collection) ?? null
      const answer = await this.#http.ask({
        ...{ call: checkpoint === null ? 'syncPull: first' : 'syncPull', path: '/v2/mobile/sync/pull' },
        json: { deviceId: this.#deviceId, collection, checkpoint, limit: pageSize },
      })
      if (!answer) return
      this.#checkpoints.set(collection, answer.body['checkpoint'])
      more = (answer.body['documents'] as Json[]).length === pageSize
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      await thinking(signal, pullEveryMs)
      const collections = [...this.#dirty]
      this.#dirty.clear()
      for (const collection of collections) await this.#pull(collection)
    }
  }

  async #visit(): Promise<void> {
    const { signal } = this.#options
    this.#visits += 1
    const steps = [
      () => this.#lookAtDay(),
      () => this.#household(),
      () => this.#appointment(),
      () => this.#treat(),
      () => this.#weigh(),
      () => this.#takePayment(),
      () => this.#photo(),
    ]
    for (const step of steps) {
      if (signal.aborted) return
      await step()
      await thinking(signal)
    }
  }

  async #lookAtDay(): Promise<void> {
    const date = new Date(Date.now() + randomInt(-7, 14) * 86_400_000).toISOString().slice(0, 10)
    const path = `/v2/mobile/retrieveDiariesForDay?siteId=${this.#vet.siteId}&date=${date}`
    await this.#http.ask({ call: 'retrieveDiariesForDay', path })
    if (this.#visits % 4 === 0)
      await this.#http.ask({
        ...{
          call: 'retrieveFullList',
          path: `/v2/mobile/retrieveFullList?siteId=${this.#vet.siteId}&date=${date}`,
        },
      })
  }

  /** Uploads items of one call; the results that say it is done. */
  async #upload(call: string, items: readonly Json[]): Promise<readonly Json[]> {
    const now = new Date().toISOString()
    const answer = await this.#http.ask({
      ...{ call, path: `/v2/mobile/${call}` },
      json: {
        ...{ deviceId: this.#deviceId, batchId: randomUUID(), sentAt: now },
        items: items.map((item) => ({ editedAt: now, ...item })),
      },
    })
    const results = (answer?.body['results'] ?? []) as Json[]
    for (const { outcome, errors } of results)
      if (!['CREATED', 'UPDATED', 'MERGED'].includes(String(outcome)))
        this.#options.recorder.failed(call, `${String(outcome)} ${JSON.stringify(errors)}`)
    return results
  }

  /** Makes records, and notes those that are acknowledged with the fields that have to be found. */
  async #make(call: string, collection: string, all: readonly Json[]): Promise<readonly string[]> {
    const items = all.map((data) => ({ clientItemId: randomUUID(), data }))
    const results = await this.#upload(call, items)
    return results.flatMap(({ outcome, id }, i) => {
      if (outcome !== 'CREATED') return []
      this.#options.recorder.acknowledge({ collection, id: String(id), fields: items[i]?.data ?? {} })
      return [String(id)]
    })
  }

  async #household(): Promise<void> {
    if (this.#own && this.#visits % 5 !== 0) {
      const { animalId } = this.#own
      await this.#http.ask({
        ...{ call: 'getAnimalHistory', path: `/v2/mobile/animals/${animalId}/history?limit=20` },
      })
      return
    }
    const lastName = `Load ${randomUUID().slice(0, 8)}`
    const [clientId] = await this.#make('uploadClientItems', 'clients', [
      { lastName, siteIds: [this.#vet.siteId] },
    ])
    if (clientId === undefined) return
    const animal = { clientId, name: 'Bramble', species: 'Horse', siteIds: [this.#vet.siteId] }
    const [animalId] = await this.#make('uploadAnimalItems', 'animals', [animal])
    if (animalId !== undefined)
      this.#own = { clientId, animalId, appointmentId: undefined, weight: null, notes: null }
  }

  /** Booked by the vet at the gate, at a time that is nobody else's; then its status goes on. */
  async #appointment(): Promise<void> {
    const own = this.#own
    if (!own) return
    if (own.appointmentId !== undefined) {
      const notes = `Visit ${randomUUID()}`
      const changes = { notes: { from: own.notes, to: notes } }
      if (await this.#edit('uploadAppointmentItems', 'appointments', own.appointmentId, changes))
        own.notes = notes
      return
    }
    const at = Date.now() + 86_400_000 * (1 + Math.random() * 50)
    const [appointmentId] = await this.#make('uploadAppointmentItems', 'appointments', [
      {
        ...{ siteId: this.#vet.siteId, practitionerId: this.#practitionerId, clientId: own.clientId },
        ...{ animalIds: [own.animalId], startsAt: new Date(at).toISOString() },
        endsAt: new Date(at + 1000).toISOString(),
      },
    ])
    own.appointmentId = appointmentId
  }

  /** Changes a record that nobody else changes. Whether it is acknowledged. */
  async #edit(
    call: string,
    collection: string,
    id: string,
    changes: Readonly<Record<string, { from: unknown; to: unknown }>>,
  ): Promise<boolean> {
    const item = { clientItemId: randomUUID(), id, baseRevision: null, changes }
    const [result] = await this.#upload(call, [item])
    if (!result) return false
    const fields = Object.fromEntries(Object.entries(changes).map(([field, { to }]) => [field, to]))
    this.#options.recorder.acknowledge({ collection, id, fields })
    return true
  }

  async #treat(): Promise<void> {
    const own = this.#own
    if (!own) return
    const treatedAt = new Date().toISOString()
    await this.#make(
      'uploadTreatmentItems',
      'treatments',
      Array.from({ length: randomInt(1, 5) }, () => ({
        ...{ animalId: own.animalId, code: 'CONS', quantity: '1', treatedAt },
        notes: `As agreed ${randomUUID()}`,
      })),
    )
  }

  async #weigh(): Promise<void> {
    const own = this.#own
    if (!own) return
    const to = 400_000 + randomInt(200_000)
    const changes = { weightGrams: { from: own.weight, to } }
    if (await this.#edit('uploadAnimalItems', 'animals', own.animalId, changes)) own.weight = to
  }

  async #takePayment(): Promise<void> {
    const own = this.#own
    if (!own) return
    const takenAt = new Date().toISOString()
    const amount = randomInt(100, 20_000)
    const payment = { clientId: own.clientId, method: 'CARD', amount, currency: 'GBP', takenAt }
    await this.#make('uploadPaymentItems', 'payments', [payment])
  }

  /** At one visit in four; every other one by a resumable upload. */
  async #photo(): Promise<void> {
    const own = this.#own
    if (!own || this.#visits % 4 !== 0) return
    const bytes = Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100', 'hex'), randomBytes(60_000)])
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const id = randomUUID()
    const fields = { clientItemId: id, animalId: own.animalId, title: `Photo ${id}`, category: 'photo' }
    const done =
      this.#visits % 8 === 0 ? await this.#resumable(bytes, fields) : await this.#whole(bytes, fields)
    if (done)
      this.#options.recorder.acknowledge({
        ...{ collection: 'documents', id, sha256, fields: { title: fields.title, sha256 } },
      })
  }

  async #whole(bytes: Buffer, fields: Record<string, string>): Promise<boolean> {
    const answer = await this.#http.ask({
      ...{ call: 'uploadDocument', path: '/v2/mobile/uploadDocument' },
      bytes: formOf(fields, [{ bytes, name: 'hoof.jpg' }]),
      headers: { 'Content-Type': formType, 'Idempotency-Key': randomUUID() },
    })
    return answer !== undefined
  }

  async #resumable(bytes: Buffer, fields: Record<string, string>): Promise<boolean> {
    const tus = { 'Tus-Resumable': '1.0.0' }
    const metadata = metadataText({ ...fields, filename: 'hoof.jpg', filetype: 'image/jpeg' })
    const begun = await this.#http.ask({
      ...{ call: 'startUpload', method: 'POST', path: uploadsPath },
      headers: { ...tus, 'Upload-Length': String(bytes.length), 'Upload-Metadata': metadata },
    })
    const path = begun?.headers.location
    if (path === undefined) return false
    for (const [from, to] of [
      [0, 30_000],
      [30_000, bytes.length],
    ] as const) {
      const answer = await this.#http.ask({
        ...{ call: 'continueUpload', method: 'PATCH', path, bytes: bytes.subarray(from, to) },
        headers: {
          ...{ ...tus, 'Upload-Offset': String(from), 'Content-Type': 'application/offset+octet-stream' },
        },
      })
      if (!answer) return false
    }
    return true
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]()
  }
}
