/** The library's entry: one client a device, one signed-in user at a time. */
import type { RxStorage } from 'rxdb'
import type { Observable } from 'rxjs'
import { Conflicts } from './conflicts.ts'
import { Documents, type Thumbnailer } from './documents.ts'
import { DeviceCutOffError, SignInError, VersionError, VetspaceError } from './errors.ts'
import { Link } from './http/link.ts'
import type { Transport } from './http/request.ts'
import type { VetspaceCollections } from './local/records.ts'
import { removeUserDatabase, userDatabaseName } from './local/remove-database.ts'
import { sealedStorage, type SealedStorageOptions } from './local/sealed-storage.ts'
import { UserDatabase } from './local/user-database.ts'
import { Rejected } from './rejected.ts'
import { DeviceStore, type User } from './session/device-store.ts'
import { encryptionOf } from './session/encryption.ts'
import type { Session } from './session/session.ts'
import { signIn, type Credentials, type SignedIn } from './session/sign-in.ts'
import { Sync } from './sync/sync.ts'
import { heard, signedOutElsewhere, told, type ToldError } from './tabs/messages.ts'
import { mayHaveOthers, Tabs } from './tabs/tabs.ts'
import { observeUnsent, type UnsentRecord } from './unsent.ts'

/** What a client is made with. */
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
  /** Encrypts at rest what is personal or clinical; the app's own to keep, in the device's keychain for example. */
  encryptionPassword?: string
  /** Bytes of files that were looked at to keep on the device; 50 MB where absent. */
  cacheLimitBytes?: number
  /** Makes thumbnails where the platform cannot (React Native); browsers can. */
  thumbnailer?: Thumbnailer
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

/** The client of one device; `createClient` makes it. */
export class VetspaceClient<Internals = unknown, StorageOptions = unknown> {
  /** Bringing both sides together, and how that stands. */
  readonly sync = new Sync()
  /** Files: for the practice, and of it. */
  readonly documents: Documents
  /** What the server refused. */
  readonly rejected: Rejected
  /** What a merge could not settle. */
  readonly conflicts: Conflicts
  readonly #options: ClientOptions<Internals, StorageOptions>
  readonly #databaseName: string
  readonly #transport: Transport
  readonly #now: () => number
  readonly #store: DeviceStore
  readonly #tabs: Tabs
  readonly #encryption: SealedStorageOptions | null
  #signed: Signed | null = null
  #wiping: Promise<void> = Promise.resolve()
  #leaving: Promise<void> = Promise.resolve()

  constructor(options: ClientOptions<Internals, StorageOptions>, { store, tabs, encryption }: ClientParts) {
    this.#options = options
    this.#encryption = encryption
    this.#store = store
    this.#tabs = tabs
    this.#databaseName = options.databaseName ?? defaultName
    this.#now = options.now ?? Date.now
    const baseUrl = options.baseUrl.replace(/\/+$/, '')
    this.#transport = { baseUrl, fetch: options.fetch ?? ((input, init) => fetch(input, init)) }
    const database = (): UserDatabase => this.#require().database
    const signed = (): Signed => this.#require()
    this.documents = new Documents(signed, this.#transport, options.thumbnailer)
    this.rejected = new Rejected(database, this.#now)
    this.conflicts = new Conflicts(database, this.#now)
    tabs.messages$.subscribe((message) => {
      if (message.kind !== 'left') return
      this.#leaving = this.#leaving.then(() => this.#leftElsewhere(message.database, message.error))
    })
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
   * @throws VersionError `DATA_TOO_NEW`, `OTHER_TABS_OPEN` where the device's data cannot be opened by this release
   */
  async signIn(credentials: Credentials): Promise<SignedIn> {
    const [tabs, store, now, transport] = [this.#tabs, this.#store, this.#now, this.#transport]
    const account = this.#account()
    const { session, ...signedIn } = await signIn({ transport, account, store, tabs, now }, credentials)
    await this.#leaving
    if (this.#signed) await this.#leave()
    const name = userDatabaseName(this.#databaseName, signedIn.user.userId)
    const { user } = signedIn
    const { cacheLimitBytes = defaultCacheLimit } = this.#options
    const database = await UserDatabase.open(this.#storage(), { name, user, now, tabs, cacheLimitBytes })
    this.#signed = { username: credentials.username, session, database }
    const { deviceId } = store
    await this.sync.attach(
      {
        transport,
        session,
        database,
        link: new Link(),
        conditions: this.sync.conditions,
        deviceId,
        now,
        tabs,
      },
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
   * Ends the session and closes the user's database, in every tab.
   * @param options wipe: also takes all of the user's data off the device, also what is unsent
   */
  async signOut(options: { wipe?: boolean } = {}): Promise<void> {
    const signed = this.#signed
    if (!signed) return
    await this.sync.stop()
    await signed.session.end()
    const { name } = signed.database.db
    const why = new VetspaceError(signedOutElsewhere, 'Signed out in another tab')
    this.#tabs.say({ kind: 'left', database: name, error: told(why) })
    await this.#leave()
    if (options.wipe) {
      await removeUserDatabase(name, this.#options.storage, this.#tabs)
      await this.#store.forget(signed.username)
      await this.#store.removeIfEmpty()
    } else await this.#store.change(signed.username, (known) => ({ ...known, session: null }))
  }

  /** Ends everything; the user stays signed in on this device for the next start. */
  async close(): Promise<void> {
    await this.#wiping
    await this.#leaving
    await this.#leave()
    await this.#store.close()
    this.#tabs.close()
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
    this.#tabs.say({ kind: 'left', database: null, error: told(error) })
    await this.#leave(error)
    for (const { user } of await this.#store.users()) {
      const name = userDatabaseName(this.#databaseName, user.userId)
      await removeUserDatabase(name, this.#options.storage, this.#tabs)
      await this.#store.forget(user.username)
    }
  }

  /** Lets go of a database that another tab signs out of, or wipes. */
  async #leftElsewhere(database: string | null, error: ToldError): Promise<void> {
    const signed = this.#signed
    if (!signed || (database !== null && database !== signed.database.db.name)) return
    const why = heard(error)
    await this.#leave(why)
    if (!(why instanceof VersionError)) await signed.session.end()
  }

  /** The app's storage, encrypting where that was asked for. */
  #storage(): RxStorage<Internals, StorageOptions> {
    const { storage } = this.#options
    return this.#encryption ? sealedStorage(storage, this.#encryption) : storage
  }

  #account(): { accountId: string; apiKey: string } {
    return { accountId: this.#options.accountId, apiKey: this.#options.apiKey }
  }

  #require(): Signed {
    if (!this.#signed) throw new SignInError('NOT_SIGNED_IN', 'Sign in first')
    return this.#signed
  }
}

/** What a client is made of that takes time to open. */
interface ClientParts {
  store: DeviceStore
  tabs: Tabs
  encryption: SealedStorageOptions | null
}

const defaultName = 'vetspace'
const defaultCacheLimit = 50_000_000

/**
 * Opens the library on this device.
 * @throws VetspaceError `ENCRYPTION_PASSWORD_WRONG`, `ENCRYPTION_PASSWORD_NEEDED`
 */
export const createClient = async <Internals, StorageOptions>(
  options: ClientOptions<Internals, StorageOptions>,
): Promise<VetspaceClient<Internals, StorageOptions>> => {
  const { databaseName = defaultName, storage } = options
  const tabs = new Tabs(databaseName, mayHaveOthers(storage.name))
  const store = await DeviceStore.open(databaseName, storage, tabs)
  try {
    const encryption = await encryptionOf(store, options.encryptionPassword)
    return new VetspaceClient(options, { store, tabs, encryption })
  } catch (error) {
    await store.close()
    tabs.close()
    throw error
  }
}
