/** The library's entry: one client a device, one signed-in user at a time. */
import type { RxStorage } from 'rxdb'
import type { Observable } from 'rxjs'
import { Conflicts } from './conflicts.ts'
import { Documents } from './documents.ts'
import { DeviceCutOffError, SignInError, VetspaceError } from './errors.ts'
import { Link } from './http/link.ts'
import type { Transport } from './http/request.ts'
import type { VetspaceCollections } from './local/records.ts'
import { removeUserDatabase, UserDatabase, userDatabaseName } from './local/user-database.ts'
import { Rejected } from './rejected.ts'
import { DeviceStore, type User } from './session/device-store.ts'
import type { Session } from './session/session.ts'
import { signIn, type Credentials, type SignedIn } from './session/sign-in.ts'
import { Sync } from './sync/sync.ts'
import { observeUnsent, type UnsentRecord } from './unsent.ts'

export interface ClientOptions<Internals, StorageOptions> {
  /** e.g. `https://api.example.com` */
  baseUrl: string
  accountId: string
  /** An `app` key: it ships with the app and is no secret. */
  apiKey: string
  /** Any RxStorage. */
  storage: RxStorage<Internals, StorageOptions>
  /** Where one app has several clients; `vetspace` where absent. */
  databaseName?: string
  /** In place of the platform's own. */
  fetch?: typeof fetch
  /** The device's clock, ms since the epoch. */
  now?: () => number
}

/** What is there while a user is signed in. */
interface Signed {
  username: string
  session: Session
  database: UserDatabase
}

export class VetspaceClient<Internals = unknown, StorageOptions = unknown> {
  readonly sync = new Sync()
  readonly documents: Documents
  readonly rejected: Rejected
  readonly conflicts: Conflicts
  readonly #options: ClientOptions<Internals, StorageOptions>
  readonly #databaseName: string
  readonly #transport: Transport
  readonly #now: () => number
  readonly #store: DeviceStore
  #signed: Signed | null = null
  #wiping: Promise<void> = Promise.resolve()

  constructor(options: ClientOptions<Internals, StorageOptions>, store: DeviceStore) {
    this.#options = options
    this.#store = store
    this.#databaseName = options.databaseName ?? defaultName
    this.#now = options.now ?? Date.now
    const baseUrl = options.baseUrl.replace(/\/+$/, '')
    this.#transport = { baseUrl, fetch: options.fetch ?? ((input, init) => fetch(input, init)) }
    const database = (): UserDatabase => this.#require().database
    this.documents = new Documents(database)
    this.rejected = new Rejected(database, this.#now)
    this.conflicts = new Conflicts(database, this.#now)
  }

  /** This installation's id, as group administrators see it. */
  get deviceId(): string {
    return this.#store.deviceId
  }

  /** The signed-in user; null where there is none. */
  get user(): User | null {
    return this.#signed?.session.user ?? null
  }

  /** The signed-in user's collections. */
  get collections(): VetspaceCollections {
    return this.#require().database.typed
  }

  /** What was entered on this device and has not reached the server, in the order in which it is sent. */
  get unsent$(): Observable<UnsentRecord[]> {
    return observeUnsent(this.#require().database)
  }

  /**
   * Signs a user in and opens their database; offline, a user who has signed in on this device before.
   * @throws ApiError or SignInError where name and password are not right
   */
  async signIn(credentials: Credentials): Promise<SignedIn> {
    const context = { transport: this.#transport, account: this.#account(), store: this.#store }
    const { session, ...signedIn } = await signIn(context, credentials)
    if (this.#signed) await this.#leave()
    const name = userDatabaseName(this.#databaseName, signedIn.user.userId)
    const { user } = signedIn
    const database = await UserDatabase.open(this.#options.storage, { name, user, now: this.#now })
    this.#signed = { username: credentials.username, session, database }
    const link = new Link()
    const { deviceId } = this.#store
    await this.sync.attach(
      { transport: this.#transport, session, database, link, deviceId, now: this.#now },
      {
        retryRejected: () => this.rejected.retryAll(),
        onEnded: (error) => {
          if (error instanceof DeviceCutOffError) this.#wiping = this.#wipeDevice(error)
        },
      },
    )
    return signedIn
  }

  /**
   * Ends the session and closes the user's database.
   * @param options wipe: also takes all of the user's data off the device, also what is unsent
   */
  async signOut(options: { wipe?: boolean } = {}): Promise<void> {
    const signed = this.#signed
    if (!signed) return
    await this.sync.stop()
    await signed.session.end()
    await this.#leave()
    if (options.wipe) {
      await removeUserDatabase(signed.database.db.name, this.#options.storage)
      await this.#store.forget(signed.username)
    } else await this.#forgetSession(signed.username)
  }

  /** Ends everything; the user stays signed in on this device for the next start. */
  async close(): Promise<void> {
    await this.#wiping
    await this.#leave()
    await this.#store.close()
  }

  async #forgetSession(username: string): Promise<void> {
    const known = await this.#store.find(username)
    if (known) await this.#store.keep({ ...known, session: null })
  }

  /** Resolves when nothing is left on a device that was cut off; at once on any other. */
  async wiped(): Promise<void> {
    await this.#wiping
  }

  async #leave(error?: VetspaceError): Promise<void> {
    const signed = this.#signed
    this.#signed = null
    await this.sync.detach(error)
    await signed?.database.close()
  }

  /** Takes everybody's data off the device: a group administrator has cut it off. */
  async #wipeDevice(error: DeviceCutOffError): Promise<void> {
    await this.#leave(error)
    for (const { user } of await this.#store.users()) {
      await removeUserDatabase(userDatabaseName(this.#databaseName, user.userId), this.#options.storage)
      await this.#store.forget(user.username)
    }
  }

  #account(): { accountId: string; apiKey: string } {
    return { accountId: this.#options.accountId, apiKey: this.#options.apiKey }
  }

  #require(): Signed {
    if (!this.#signed) throw new SignInError('NOT_SIGNED_IN', 'Sign in first')
    return this.#signed
  }
}

const defaultName = 'vetspace'

/**
 * Opens the library on this device.
 * @throws VetspaceError `NOT_SUPPORTED` for `encryptionPassword`
 */
export const createClient = async <Internals, StorageOptions>(
  options: ClientOptions<Internals, StorageOptions>,
): Promise<VetspaceClient<Internals, StorageOptions>> => {
  // Who asks for encryption is not to get plain text without a word.
  if ((options as { encryptionPassword?: unknown }).encryptionPassword !== undefined)
    throw new VetspaceError('NOT_SUPPORTED', 'This version of the library does not encrypt what it keeps.')
  const store = await DeviceStore.open(options.databaseName ?? defaultName, options.storage)
  return new VetspaceClient(options, store)
}
