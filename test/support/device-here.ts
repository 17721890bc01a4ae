/**
 * Devices in the test's own process, one open at a time: RxDB's free storages allow one device's collections a
 * process. A device that is closed and opened again has what it had.
 */
import { randomUUID } from 'node:crypto'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { createClient, type VetspaceClient } from '../../mobile-client-lib/src/index.ts'
import { demoAccountId, demoPassword } from '../../server/demo/practice.ts'
import { DeviceNetwork } from './device-network.ts'

export interface HereOptions {
  username?: string
  /** The device's clock. */
  now?: () => number
  encryptionPassword?: string
  cacheLimitBytes?: number
}

/** A device of a user; `open` starts its app, `close` ends it. */
export class DeviceHere {
  readonly network = new DeviceNetwork()
  readonly databaseName = `device-${randomUUID()}`
  readonly username: string
  /** As the app is started with it the next time. */
  encryptionPassword: string | undefined
  readonly #url: string
  readonly #options: HereOptions
  #client: VetspaceClient<unknown, unknown> | null = null

  constructor(url: string, options: HereOptions = {}) {
    this.#url = url
    this.#options = options
    this.username = options.username ?? 'amelia.vet'
    this.encryptionPassword = options.encryptionPassword
  }

  get client(): VetspaceClient<unknown, unknown> {
    if (!this.#client) throw new Error('The app is not open')
    return this.#client
  }

  /** Starts the app, without signing in. */
  async start(): Promise<VetspaceClient<unknown, unknown>> {
    this.#client = (await createClient({
      baseUrl: this.#url,
      accountId: demoAccountId,
      apiKey: 'demo-app-key',
      storage: getRxStorageMemory(),
      databaseName: this.databaseName,
      fetch: this.network.fetch,
      ...(this.#options.now && { now: this.#options.now }),
      ...(this.#options.cacheLimitBytes && { cacheLimitBytes: this.#options.cacheLimitBytes }),
      ...(this.encryptionPassword !== undefined && { encryptionPassword: this.encryptionPassword }),
    })) as VetspaceClient<unknown, unknown>
    return this.#client
  }

  async signIn(password = demoPassword): Promise<void> {
    await this.client.signIn({ username: this.username, password })
  }

  /** Starts the app and signs in. */
  async open(): Promise<VetspaceClient<unknown, unknown>> {
    await this.start()
    await this.signIn()
    return this.client
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = null
    await client?.close()
  }

  /** Closes the app and starts it again; the user signs in again. */
  async restart(): Promise<VetspaceClient<unknown, unknown>> {
    await this.close()
    return await this.open()
  }

  /** All that the device's storage holds, as text. */
  stored(): string {
    const { collectionStates } = getRxStorageMemory() as unknown as {
      collectionStates: Map<string, { documents: Map<string, unknown> }>
    }
    const states = [...collectionStates].filter(([name]) => name.includes(this.databaseName))
    return states
      .flatMap(([, { documents }]) => [...documents.values()].map((one) => JSON.stringify(one)))
      .join('\n')
  }

  /** One record as it is on the device; null where it is not. */
  async get(
    collection: keyof VetspaceClient['collections'],
    id: string,
  ): Promise<Record<string, unknown> | null> {
    const found = await this.client.collections[collection].findOne(id).exec()
    return (found?.toMutableJSON() ?? null) as Record<string, unknown> | null
  }

  /** Changes a record as an app would. */
  async patch(
    collection: keyof VetspaceClient['collections'],
    id: string,
    changes: Record<string, unknown>,
  ): Promise<void> {
    const found = await this.client.collections[collection].findOne(id).exec()
    if (!found) throw new Error(`${collection} ${id} is not on the device`)
    await found.incrementalPatch(changes)
  }
}
