/** What handlers are given: everything of the server that outlives a request. */
import type { Logger } from 'pino'
import { openGroups, type Groups } from '../sync/group.ts'
import type { Store } from '../sync/store/port.ts'
import { Audit } from './audit/audit.ts'
import { recordAccounts } from './audit/record-accounts.ts'
import { recordWrites } from './audit/record-writes.ts'
import { accountsDatabase } from './auth/account-docs.ts'
import { openAccounts, type Accounts } from './auth/accounts.ts'
import type { PasswordCost } from './auth/password-hash.ts'
import { signingKeysOf } from './auth/secret-file.ts'
import { Tokens } from './auth/tokens.ts'
import { Bridge } from './bridge/bridge.ts'
import type { Config } from './config.ts'
import { Idempotency } from './http/idempotency.ts'
import { RateLimits } from './http/rate-limits.ts'
import { SharedCounts } from './http/shared-counts.ts'
import { openPostman } from './mail/open-postman.ts'
import type { Postman } from './mail/postman.ts'
import { Owned } from './owned.ts'
import { openFileParts, type FileParts } from './file-parts.ts'
import { hourly } from './hourly.ts'
import { sweepAudit } from './audit/sweep.ts'
import { finishAllErasures } from './services/administration/finish-erasures.ts'
import { sweepDocuments } from './services/documents/sweep.ts'
import { Metrics } from './sight/metrics.ts'
import { observedGroups } from './sight/observed-groups.ts'
import { observedStore } from './sight/observed-store.ts'
import { Sight } from './sight/sight.ts'
import { openStore, type OpenStore } from './store.ts'
import { syncUuidOf } from './sync/uuid.ts'
import { openTracing } from './tracing/open-tracing.ts'
import type { Tracing } from './tracing/tracing.ts'

export interface AppContext extends AsyncDisposable, FileParts {
  readonly config: Config
  readonly log: Logger
  /** ms since the epoch */
  readonly now: () => number
  readonly store: Store
  readonly accounts: Accounts
  /** What people did, for whoever has to show it (audit/README.md). */
  readonly audit: Audit
  readonly postman: Postman
  readonly tokens: Tokens
  readonly groups: Groups
  readonly idempotency: Idempotency
  readonly rateLimits: RateLimits
  /** Tells other servers over the store what `rateLimits` has counted here. */
  readonly sharedCounts: SharedCounts
  readonly bridge: Bridge
  readonly sight: Sight
  readonly tracing: Tracing
  /** The id that replicating clients know this installation by. */
  readonly syncUuid: string
}

export interface ContextOptions {
  log: Logger
  now?: () => number
  /** Cost of hashing passwords; a test may choose less. */
  passwordCost?: PasswordCost
  /** Opens the store in place of what the settings say; the context disposes it. */
  openStore?: OpenStore
  /** Aborted where a store that is elsewhere is no longer waited for. */
  givenUp?: AbortSignal
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
  const { log, now = Date.now, passwordCost, givenUp } = options
  const metrics = new Metrics()
  const tracing = owned.use(await openTracing(config.tracing, log))
  const opening = options.openStore ?? openStore
  const unobserved = owned.use(
    await opening(config, { passedOn: () => tracing.passedOn(), ...(givenUp && { givenUp }) }),
  )
  const store = observedStore(unobserved, { metrics, tracing })
  const keys = await signingKeysOf(config)
  const { dataDir, auditKeepDays: keepDays } = config
  const audit = owned.use(new Audit({ store, keys, dataDir, keepDays, now, log }))
  owned.use(hourly(log, 'The audit record could not be swept', () => sweepAudit(audit, log)))
  const cost = passwordCost ? { passwordCost } : {}
  const accounts = owned.use(
    await openAccounts({ store, now, demo: config.demo, log, keys, witness: recordAccounts(audit), ...cost }),
  )
  const postman = owned.use(await openPostman(config, { accounts, now, log }))
  const tokens = new Tokens({ keys, now })
  const timeoutMs = config.bridgeTimeoutMs
  const bridge = owned.use(await Bridge.open({ store, tokens, keys, timeoutMs, now, log }))
  owned.use(hourly(log, 'Old writes to PMS could not be removed', () => bridge.writes.sweep()))
  const fileParts = await openFileParts(config, { store, tracing, owned, log })
  const opened = owned.use(openGroups({ store, dataDir, now, log, witness: recordWrites(audit) }))
  const groups = observedGroups(opened, tracing)
  const db = await store.database(accountsDatabase)
  const idempotency = owned.use(new Idempotency({ db, tokens, now, log }))
  const rateLimits = new RateLimits({ limits: config.rateLimits })
  const sharedCounts = owned.use(new SharedCounts({ db, limits: rateLimits, log }))
  const sweeping = { ...fileParts, groups, store, now }
  owned.use(hourly(log, 'Old documents could not be swept', () => sweepDocuments(sweeping)))
  owned.use(
    hourly(log, 'Erasures could not be finished', () => finishAllErasures({ accounts, groups, store, now })),
  )
  const syncUuid = await syncUuidOf(db)
  const sight = new Sight({ metrics, store, groups, bridge, files: fileParts.files, dataDir, now })
  const counting = { rateLimits, sharedCounts }
  return {
    ...{ config, log, now, store, accounts, audit, postman, tokens, groups, idempotency, bridge, sight },
    ...{ ...fileParts, ...counting, syncUuid, tracing },
  }
}
