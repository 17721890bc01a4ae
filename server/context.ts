/** What handlers are given: everything of the server that outlives a request. */
import path from 'node:path'
import type { Logger } from 'pino'
import { openGroups, type Groups } from '../sync/group.ts'
import type { Store } from '../sync/store/port.ts'
import { openDiskStorage } from '../uploads/storage/disk.ts'
import type { FileStorage } from '../uploads/storage/port.ts'
import { Thumbnails } from '../uploads/thumbnails/thumbnails.ts'
import { forgetForeignLocks } from '../uploads/tus/lease-locker.ts'
import { ResumableUploads } from '../uploads/tus/resumable-uploads.ts'
import { accountsDatabase } from './auth/account-docs.ts'
import { openAccounts, type Accounts } from './auth/accounts.ts'
import type { PasswordCost } from './auth/password-hash.ts'
import { signingKeysOf } from './auth/secret-file.ts'
import { Tokens } from './auth/tokens.ts'
import type { Config } from './config.ts'
import { startUpload } from './contract/document-uploads.ts'
import { Idempotency } from './http/idempotency.ts'
import { Owned } from './owned.ts'
import { hourly } from './hourly.ts'
import { openStore } from './store.ts'
import { syncUuidOf } from './sync/uuid.ts'

export interface AppContext extends AsyncDisposable {
  readonly config: Config
  readonly log: Logger
  /** ms since the epoch */
  readonly now: () => number
  readonly store: Store
  readonly accounts: Accounts
  readonly tokens: Tokens
  readonly groups: Groups
  readonly idempotency: Idempotency
  readonly files: FileStorage
  readonly uploads: ResumableUploads
  /** The id that replicating clients know this installation by. */
  readonly syncUuid: string
  readonly thumbnails: Thumbnails
}

export interface ContextOptions {
  log: Logger
  now?: () => number
  /** Cost of hashing passwords; a test may choose less. */
  passwordCost?: PasswordCost
  /** Opens the store in place of what the settings say; the context disposes it. */
  openStore?: (config: Config) => Promise<Store>
}

/** Opens everything; where one part cannot be opened, those before it are closed again. */
export const openContext = async (config: Config, options: ContextOptions): Promise<AppContext> => {
  const owned = new Owned()
  try {
    const parts = await openParts(config, options, owned)
    return { ...parts, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() }
  } catch (error) {
    await owned[Symbol.asyncDispose]()
    throw error
  }
}

const openParts = async (
  config: Config,
  options: ContextOptions,
  owned: Owned,
): Promise<Omit<AppContext, typeof Symbol.asyncDispose>> => {
  const { log, now = Date.now, passwordCost } = options
  const store = owned.use(await (options.openStore ?? openStore)(config))
  const accounts = owned.use(
    await openAccounts({ store, now, demo: config.demo, log, ...(passwordCost ? { passwordCost } : {}) }),
  )
  const tokens = new Tokens({ keys: await signingKeysOf(config), now })
  const files = owned.use(await openDiskStorage({ directory: path.join(config.dataDir, 'files') }))
  const groups = owned.use(openGroups({ store, dataDir: config.dataDir, now, log }))
  const db = await store.database(accountsDatabase)
  const idempotency = owned.use(new Idempotency({ db, tokens, now, log }))
  const uploads = await openUploads(store, files)
  owned.use(hourly(log, 'Old uploads could not be swept', () => uploads.sweep(now())))
  const syncUuid = await syncUuidOf(db)
  const thumbnails = new Thumbnails({ files, directory: path.join(config.dataDir, 'thumbnails') })
  const further = { uploads, thumbnails, syncUuid }
  return { config, log, now, store, accounts, tokens, groups, idempotency, files, ...further }
}

const openUploads = async (store: Store, files: FileStorage): Promise<ResumableUploads> => {
  const db = await store.database('uploads')
  if (store.kind === 'embedded') await forgetForeignLocks(db)
  return new ResumableUploads({ db, files, path: startUpload.path })
}
