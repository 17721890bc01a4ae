/** Signing in: at the server where it can be reached, else against what this device kept. */
import { ApiError, OfflineError, SignInError } from '../errors.ts'
import type { Transport } from '../http/request.ts'
import type { DeviceStore, KnownUser, User } from './device-store.ts'
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
import { Session } from './session.ts'
import { login, verifyUser } from './tokens.ts'

export interface Credentials {
  username: string
  password: string
}

export interface SignedIn {
  user: User
  /** The server could not be reached: the password was checked against what this device kept. */
  offline: boolean
  passwordExpired: boolean
}

interface SignInContext {
  transport: Transport
  account: { accountId: string; apiKey: string }
  store: DeviceStore
}

/** Signs in and gives the session. Rejects with ApiError or SignInError where the password is not right. */
export const signIn = async (
  context: SignInContext,
  credentials: Credentials,
): Promise<SignedIn & { session: Session }> => {
  try {
    return await signInOnline(context, credentials)
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
): Promise<SignedIn & { session: Session }> => {
  const { transport, account, store } = context
  const apiToken = await login(transport, account)
  const verified = await verifyUser(transport, apiToken, credentials)
  const salt = toBase64(randomBytes(16))
  const keys = await passwordKeys(credentials.password, salt, defaultIterations)
  const { user, userToken, refreshToken, passwordExpired } = verified
  const session = await seal(keys.key, { refreshToken })
  const known = { user, salt, iterations: defaultIterations, verifier: keys.verifier, session }
  // The user is found again by what they typed, whatever the server makes of it.
  const kept = { ...known, user: { ...user, username: credentials.username } }
  await store.keep(kept)
  const tokens = { apiToken, userToken }
  const keep = keeper(store, kept, keys)
  const online = new Session({ transport, account, user, refreshToken, tokens, keep })
  return { user, offline: false, passwordExpired, session: online }
}

const signInOffline = async (
  { transport, account, store }: SignInContext,
  credentials: Credentials,
  cause: OfflineError,
): Promise<SignedIn & { session: Session }> => {
  const known = await store.find(credentials.username)
  if (!known) {
    const why = 'The server cannot be reached, and nobody has signed in by this name on this device before'
    throw new SignInError('NOT_KNOWN_ON_THIS_DEVICE', why, { cause })
  }
  const keys = await passwordKeys(credentials.password, known.salt, known.iterations)
  if (!sameSecret(keys.verifier, known.verifier))
    throw new SignInError('WRONG_PASSWORD', 'The password is not right', { cause })
  const sealed = known.session ? await unseal(keys.key, known.session) : null
  const refreshToken = (sealed as { refreshToken: string } | null)?.refreshToken ?? null
  const keep = keeper(store, known, keys)
  const { user } = known
  const session = new Session({ transport, account, user, refreshToken, tokens: null, keep })
  return { user, offline: true, passwordExpired: false, session }
}

const keeper =
  (store: DeviceStore, known: KnownUser, keys: PasswordKeys) =>
  async (refreshToken: string): Promise<void> =>
    await store.keep({ ...known, session: await seal(keys.key, { refreshToken }) })

/** A password that was changed elsewhere must not open this device any longer. */
const forgetOld = async ({ store }: SignInContext, { username, password }: Credentials): Promise<void> => {
  const known = await store.find(username)
  if (!known) return
  const { verifier } = await passwordKeys(password, known.salt, known.iterations)
  if (sameSecret(verifier, known.verifier)) await store.forget(username)
}
