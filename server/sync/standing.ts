/**
 * Whether a client that is still being answered may see what it could when it asked: looked up anew after each change
 * of the accounts that this server knows of, and every so often, so that what another server or the clock ends, ends
 * here within a minute too.
 */
import type { Request } from 'express'
import { ProtocolError } from '../../sync/replication/errors.ts'
import type { SyncCaller, SyncLogin } from './login.ts'

/** With the 45 s of the accounts' cache less than a minute. */
const maxAgeMs = 10_000

export interface StandingOptions {
  login: SyncLogin
  /** Another one after each change of the accounts. */
  version: () => number
  /** ms since the epoch */
  now: () => number
}

export interface SignedIn {
  caller: SyncCaller
  /** False where the caller is gone or has other rights, and from then on. */
  stands: () => Promise<boolean>
}

const rightsOf = ({ user: { userId, groupId, siteIds, roles } }: SyncCaller): string =>
  JSON.stringify([userId, groupId, [...siteIds].sort(), [...roles].sort()])

/** @throws ProtocolError */
export const signedIn = async (
  request: Request,
  { login, version, now }: StandingOptions,
): Promise<SignedIn> => {
  const moment = (): { version: number; at: number } => ({ version: version(), at: now() })
  let looked = moment()
  const caller = await login.callerOf(request)
  const rights = rightsOf(caller)
  const same = async (): Promise<boolean> => {
    try {
      return rightsOf(await login.callerOf(request, caller)) === rights
    } catch (error) {
      if (error instanceof ProtocolError) return false
      throw error
    }
  }
  let standing = true
  const stands = async (): Promise<boolean> => {
    const here = moment()
    const age = here.at - looked.at
    if (!standing || (here.version === looked.version && age >= 0 && age < maxAgeMs)) return standing
    standing = (await same()) && standing
    looked = here
    return standing
  }
  return { caller, stands }
}
