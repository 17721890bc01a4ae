/** Signing in: at the server where it can be reached, else against what this device kept. */
import { ApiError, OfflineError, SignInError } from '../errors.ts'
import type { Transport } from '../http/request.ts'
import type { Tabs } from '../tabs/tabs.ts'
import type { DeviceStore, KnownUser, User } from './device-store.ts'
import { lockMs, remainingMs } from './lock.ts'
import {
  defaultIterations,
  passwordKeys,
  randomBytes,
  sameSecret,
  seal,
  toBase64,
  unseal,
  type PasswordKeys,
} from './password.ts'
import { Session, type SessionOptions } from './session.ts'
import { login, verifyUser } from './tokens.ts'

/** Who signs in. */
export interface Credentials {
  username: string
  password: string
  /** Where the server has answered `SECOND_FACTOR_REQUIRED`: from the user's app, or a recovery code. Not asked offline. */
  oneTimeCode?: string
}

/** Who has signed in, and how. */
export interface SignedIn {
  user: User
  /** The server could not be reached: the password was checked against what this device kept. */
  offline: boolean
  passwordExpired: boolean
}

export interface SignInContext {
  transport: Transport
  account: { accountId: string; apiKey: string }
  store: DeviceStore
  tabs: Tabs
  /** The device's clock, ms. */
  now: () => number
}

/** Who can also sign in without the server is not kept waiting by a connection that answers nothing; ms. */
const knownTimeoutMs = 15_000

/** Signs in and gives the session. Rejects with ApiError or SignInError where the password is not right. */
export const signIn = async (
  context: SignInContext,
  credentials: Credentials,
): Promise<SignedIn & { session: Session }> => {
  const known = await context.store.find(credentials.username)
  try {
    return await signInOnline(context, credentials, known)
  } catch (error) {
    if (error instanceof OfflineError) return await signInOffline(context, credentials, error)
    if (error instanceof ApiError && error.code === 'INVALID_CREDENTIALS')
      await forgetOld(context, credentials)
    throw error
  }
}

const signInOnline = async (
  context: SignInContext,
  credentials: Credentials,
  known: KnownUser | null,
): Promise<SignedIn & { session: Session }> => {
  const { transport, account, store } = context
  // The slow hash is made while the server is asked.
  const making = newKeys(credentials.password, known)
  making.catch(() => undefined)
  const timeoutMs = known?.verifier ? knownTimeoutMs : undefined
  const apiToken = await login(transport, account, timeoutMs)
  const verified = await verifyUser(transport, { apiToken, timeoutMs }, credentials)
  const { keys, salt } = await making
  const { user, userToken, refreshToken, passwordExpired } = verified
  const session = await seal(keys.key, { refreshToken })
  // The user is found again by what they typed, whatever the server makes of it.
  const named = { ...user, username: credentials.username }
  const { verifier } = keys
  await store.keep({ user: named, salt, iterations: defaultIterations, verifier, session })
  const tokens = { apiToken, userToken }
  const options = { user, refreshToken, tokens, ...keeper(context, credentials.username, keys) }
  return {
    ...{ user, offline: false, passwordExpired },
    session: new Session({ transport, account, ...options }),
  }
}

const signInOffline = async (
  context: SignInContext,
  credentials: Credentials,
  cause: OfflineError,
): Promise<SignedIn & { session: Session }> => {
  const { transport, account, store } = context
  const known = await countAttempt(context, credentials.username, cause)
  const keys = await passwordKeys(credentials.password, known.salt, known.iterations)
  if (!sameSecret(keys.verifier, known.verifier))
    throw new SignInError('WRONG_PASSWORD', 'The password is not right', { cause })
  await store.change(credentials.username, ({ failures: _f, lockedUntil: _l, ...rest }) => rest)
  const { user } = known
  const keeping = keeper(context, credentials.username, keys)
  const refreshToken = await keeping.kept()
  const session = new Session({ transport, account, user, refreshToken, tokens: null, ...keeping })
  return { user, offline: true, passwordExpired: false, session }
}

/**
 * Counts an attempt before it is made, so that ending the app in the middle of one gains nothing.
 * @throws SignInError where nobody is known by this name, or they are locked
 */
const countAttempt = async (
  { store, now }: SignInContext,
  username: string,
  cause: OfflineError,
): Promise<KnownUser & { verifier: string }> => {
  const known = await store.find(username)
  if (!known) {
    const why = 'The server cannot be reached, and nobody has signed in by this name on this device before'
    throw new SignInError('NOT_KNOWN_ON_THIS_DEVICE', why, { cause })
  }
  const { verifier } = known
  if (verifier === null) {
    const why = 'The server has ended this user’s access: signing in needs a connection'
    throw new SignInError('NOT_KNOWN_ON_THIS_DEVICE', why, { cause })
  }
  const retryAfterMs = remainingMs(known, now())
  if (retryAfterMs > 0) {
    const seconds = Math.ceil(retryAfterMs / 1000)
    const why = `Too many wrong passwords. Try again in ${seconds} seconds, or with a connection`
    throw new SignInError('LOCKED', why, { cause, retryAfterMs })
  }
  await store.change(username, (kept) => {
    const failures = (kept.failures ?? 0) + 1
    return { ...kept, failures, lockedUntil: now() + lockMs(failures) }
  })
  return { ...known, verifier }
}

/** The same salt for the same password, so that what another tab has sealed can be opened. */
const newKeys = async (
  password: string,
  known: KnownUser | null,
): Promise<{ keys: PasswordKeys; salt: string }> => {
  if (known?.verifier && known.iterations === defaultIterations) {
    const keys = await passwordKeys(password, known.salt, defaultIterations)
    if (sameSecret(keys.verifier, known.verifier)) return { keys, salt: known.salt }
  }
  const salt = toBase64(randomBytes(16))
  return { keys: await passwordKeys(password, salt, defaultIterations), salt }
}

/** How a session is kept on this device. */
const keeper = (
  { store, tabs }: SignInContext,
  username: string,
  { key, verifier }: PasswordKeys,
): Pick<SessionOptions, 'keep' | 'kept' | 'alone' | 'revoked'> => ({
  keep: async (refreshToken) => {
    const session = await seal(key, { refreshToken })
    // Somebody who has signed in anew since, with another password, keeps their own.
    await store.change(username, (known) => (known.verifier === verifier ? { ...known, session } : known))
  },
  kept: async () => {
    const known = await store.find(username)
    if (!known?.session || known.verifier !== verifier) return null
    return ((await unseal(key, known.session)) as { refreshToken: string }).refreshToken
  },
  alone: async (task) => {
    const release = await tabs.hold('renew')
    return await task().finally(() => release?.())
  },
  revoked: () => store.end(username),
})

/** A password that was changed elsewhere must not open this device any longer. */
const forgetOld = async ({ store }: SignInContext, { username, password }: Credentials): Promise<void> => {
  const known = await store.find(username)
  if (!known?.verifier) return
  const { verifier } = await passwordKeys(password, known.salt, known.iterations)
  if (sameSecret(verifier, known.verifier)) await store.end(username)
}
