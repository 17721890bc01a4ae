/** Devices that go on uploading while servers and nodes come and go, and what was acknowledged to them. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Json } from '../vets-day/api-caller.ts'

const itemsOfBatch = 5
const done = new Set(['CREATED', 'DUPLICATE'])

export class UploadingDevices {
  readonly #urls: readonly string[]
  readonly #headers: Readonly<Record<string, string>>
  readonly #devices: Promise<void[]>
  #ended = false
  #asked = 0
  /** Ids of clients. */
  readonly acknowledged: string[] = []

  /** @param options.headers of a vet of site 1 */
  constructor(options: {
    urls: readonly string[]
    headers: Readonly<Record<string, string>>
    devices?: number
  }) {
    this.#urls = options.urls
    this.#headers = options.headers
    const { devices = 4 } = options
    this.#devices = Promise.all(Array.from({ length: devices }, (_, n) => this.#device(`phone-${n}`)))
    this.#devices.catch(() => undefined)
  }

  async #device(deviceId: string): Promise<void> {
    while (!this.#ended) {
      const now = new Date().toISOString()
      const items = Array.from({ length: itemsOfBatch }, () => ({
        ...{ clientItemId: randomUUID(), editedAt: now },
        data: { lastName: 'Roll', siteIds: [1] },
      }))
      const results = await this.#send({ deviceId, batchId: randomUUID(), sentAt: now, items })
      for (const { outcome, id } of results) {
        if (!done.has(String(outcome))) throw new Error(`An item was answered ${String(outcome)}`)
        this.acknowledged.push(String(id))
      }
    }
  }

  /** As behind a load balancer: what one server does not take goes to the next. */
  async #send(json: object): Promise<Json[]> {
    for (;;) {
      const url = this.#urls[(this.#asked += 1) % this.#urls.length]
      const response = await fetch(`${url}/v2/mobile/uploadClientItems`, {
        method: 'POST',
        headers: { ...this.#headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(json),
      }).catch(() => undefined)
      const text = await response?.text().catch(() => undefined)
      if (text !== undefined && response?.ok) return (JSON.parse(text) as { results: Json[] }).results
      if (text !== undefined && response && response.status < 500) throw new Error(text)
      await pause(10)
    }
  }

  /** Resolves when so many more were acknowledged; rejects where a device was answered what it must not be. */
  async more(count: number): Promise<void> {
    const from = this.acknowledged.length
    const enough = async (): Promise<void> => {
      while (this.acknowledged.length < from + count) await pause(20)
    }
    await Promise.race([enough(), this.#devices])
  }

  /** Ends them; what was under way is finished first. */
  async stop(): Promise<void> {
    this.#ended = true
    await this.#devices
  }
}
