/**
 * What the device keeps before anybody is signed in: its own id, and the users who have signed in on it. It is a
 * database without collections: RxDB's local documents need none, and free RxDB counts collections.
 */
import { addRxPlugin, createRxDatabase, type RxDatabase, type RxStorage } from 'rxdb'
import { RxDBLocalDocumentsPlugin } from 'rxdb/plugins/local-documents'
import { erase } from '../local/local-documents.ts'
import { randomBytes, sha256HexOfText, toHex, type Sealed } from './password.ts'

addRxPlugin(RxDBLocalDocumentsPlugin)

/** The signed-in user, as verifyUser answers. */
export interface User {
  userId: string
  username: string
  displayName: string
  roles: string[]
  groupId: number | null
  siteIds: number[]
  practitionerId: string | null
}

/** A user who has signed in on this device. */
export interface KnownUser {
  user: User
  salt: string
  iterations: number
  verifier: string
  /** The refresh token, sealed by a key that only the password gives; null after signing out. */
  session: Sealed | null
}

const userKey = async (username: string): Promise<string> =>
  `user-${await sha256HexOfText(username.trim().toLowerCase())}`

export class DeviceStore {
  readonly deviceId: string
  readonly #db: RxDatabase

  private constructor(db: RxDatabase, deviceId: string) {
    this.#db = db
    this.deviceId = deviceId
  }

  /** Opens the store and makes the device's id the first time. */
  static async open<I, O>(databaseName: string, storage: RxStorage<I, O>): Promise<DeviceStore> {
    const name = `${databaseName}-device`
    const db = await createRxDatabase({ name, storage, multiInstance: false, localDocuments: true })
    const kept = await db.getLocal<{ deviceId: string }>('device')
    const deviceId = kept?.toJSON().data.deviceId ?? toHex(randomBytes(16))
    if (!kept) await db.insertLocal('device', { deviceId })
    return new DeviceStore(db, deviceId)
  }

  async find(username: string): Promise<KnownUser | null> {
    const found = await this.#db.getLocal<KnownUser>(await userKey(username))
    return found ? found.toMutableJSON().data : null
  }

  async keep(known: KnownUser): Promise<void> {
    const key = await userKey(known.user.username)
    await this.#db.upsertLocal(key, known)
    const keys = await this.#keys()
    if (!keys.includes(key)) await this.#db.upsertLocal('users', { keys: [...keys, key] })
  }

  async forget(username: string): Promise<void> {
    const key = await userKey(username)
    await erase(this.#db, key)
    const keys = await this.#keys()
    await this.#db.upsertLocal('users', { keys: keys.filter((k) => k !== key) })
  }

  /** Everybody who has signed in here and was not forgotten. */
  async users(): Promise<KnownUser[]> {
    const found = await Promise.all((await this.#keys()).map((key) => this.#db.getLocal<KnownUser>(key)))
    return found.flatMap((document) => (document ? [document.toMutableJSON().data] : []))
  }

  async close(): Promise<void> {
    await this.#db.close()
  }

  async #keys(): Promise<string[]> {
    const users = await this.#db.getLocal<{ keys: string[] }>('users')
    return users?.toMutableJSON().data.keys ?? []
  }
}
