/** Users of a PMS that is reached through the bridge: their passwords are known there alone. */
import type { Response } from 'express'
import { z } from 'zod'
import { normalUsername } from '../../auth/account-docs.ts'
import type { Subject } from '../../auth/lockout.ts'
import type { AppContext } from '../../context.ts'
import type { BridgeRequest, PmsAnswer } from '../../contract/bridge-agent.ts'
import { fail } from '../../http/problem.ts'
import { goneOf, refuse } from './answer.ts'

/** What a PMS may answer to what was asked well. */
const askPms = async (
  app: AppContext,
  response: Response,
  asked: { groupId: number; request: BridgeRequest },
): Promise<PmsAnswer> => {
  const outcome = await app.bridge.ask(asked.groupId, asked.request, goneOf(response))
  if (outcome === 'away') return fail('PMS_AWAY', { retryAfterSeconds: 30 })
  if (outcome === 'busy') return fail('BRIDGE_BUSY', { retryAfterSeconds: 2 })
  if (outcome === 'late') return fail('PMS_TIMEOUT')
  if ('failure' in outcome) return refuse(outcome.failure)
  const { status } = outcome.answer
  if (status >= 500)
    fail('PMS_FAILED', { detail: `The PMS answered ${status}.`, extra: { pmsStatus: status } })
  return outcome.answer
}

const jsonOf = ({ body }: PmsAnswer): unknown => {
  try {
    return JSON.parse(Buffer.from(body, 'base64').toString()) as unknown
  } catch {
    return undefined
  }
}

const verified = z.object({
  userId: z.union([z.string().min(1).max(200), z.int()]).transform(String),
  displayName: z.string().min(1).max(200).optional(),
  vetUser: z.boolean().default(true),
})

export interface PmsUser {
  userId: string
  username: string
  displayName: string
  vetUser: boolean
}

interface Verifying {
  groupId: number
  username: string
  password: string
  /** By which failures are counted. */
  address: string
  response: Response
}

/**
 * The PMS's user of this name and password. Failures lock as those of sign-in do.
 * @throws ProblemError INVALID_CREDENTIALS, ACCOUNT_LOCKED, or what keeps the PMS from answering
 */
export const verifyPmsUser = async (
  app: AppContext,
  { groupId, username, password, address, response }: Verifying,
): Promise<PmsUser> => {
  const { lockout } = app.accounts
  const name: Subject = { kind: 'user', value: `pms ${groupId} ${normalUsername(username)}` }
  const subjects = [name, { kind: 'address', value: address } as const]
  const seconds = await lockout.lockedFor(subjects)
  if (seconds > 0) return fail('ACCOUNT_LOCKED', { retryAfterSeconds: seconds })
  const request = { operation: 'verifyUser', username, password } as const
  const answer = await askPms(app, response, { groupId, request })
  if (answer.status >= 400) {
    await lockout.failed(subjects)
    return fail('INVALID_CREDENTIALS', {
      detail: 'The practice’s PMS does not know this name with this password.',
    })
  }
  const { data } = verified.safeParse(jsonOf(answer))
  if (!data) return fail('PMS_FAILED', { detail: 'The PMS’s answer about the user cannot be read.' })
  await lockout.succeeded(name)
  return { ...data, username, displayName: data.displayName ?? username }
}

const reasons = z.object({ message: z.string(), detail: z.string(), error: z.string() }).partial()

/**
 * Gives a PMS's user a new password there.
 * @throws ProblemError PMS_REJECTED with the PMS's own reason, or what keeps the PMS from answering
 */
export const changePmsPassword = async (
  app: AppContext,
  response: Response,
  { groupId, username, newPassword }: { groupId: number; username: string; newPassword: string },
): Promise<void> => {
  const request = { operation: 'changePassword', username, newPassword } as const
  const answer = await askPms(app, response, { groupId, request })
  if (answer.status < 400) return
  if (answer.status === 401 || answer.status === 403)
    return fail('PMS_FAILED', { detail: 'The PMS does not let the practice’s agent change passwords.' })
  const { message, detail, error } = reasons.safeParse(jsonOf(answer)).data ?? {}
  const reason = (
    message ??
    detail ??
    error ??
    'The PMS takes this password for no reason that it tells'
  ).slice(0, 500)
  return fail('PMS_REJECTED', {
    detail: reason.endsWith('.') ? reason : `${reason}.`,
    errors: [{ path: 'newPmsPassword', message: reason }],
  })
}
