/** Calls of the contract in the audit record, by their declarations (rule.ts). */
import type { Caller } from '../auth/identity.ts'
import type { AppContext } from '../context.ts'
import type { CallSpec } from '../contract/call.ts'
import { errorTable } from '../contract/errors.ts'
import { ProblemError } from '../http/problem.ts'
import type { AuditActor, AuditDetail, AuditScope, AuditSubject, NewEntry } from './entry.ts'
import { auditRuleOf, ofNobody, type AuditRule } from './rule.ts'

export interface RecordedCall {
  name: string
  spec: CallSpec
  caller: Caller
  params: unknown
  query: unknown
  body: unknown
  requestId: string
}

interface Outcome {
  status: number
  /** Records that the answer shows, where they can be counted. */
  shown: number | undefined
}

/**
 * Performs a call and records it: a change before it is made, so that none is without its entry; a read after it.
 * @param outcomeOf what came of it, once it is done; undefined for what failed before anything was sent
 */
export const recorded = async <T>(
  app: Pick<AppContext, 'audit' | 'log'>,
  call: RecordedCall,
  perform: () => Promise<T>,
  outcomeOf: (done: T | undefined) => Outcome | undefined,
): Promise<T> => {
  const rule = auditRuleOf(call.spec)
  if (!rule) return await perform()
  if (rule.change) return await changing(app, call, rule, perform)
  let done: T | undefined
  try {
    return (done = await perform())
  } finally {
    // A stream that broke off has shown what it sent.
    const outcome = outcomeOf(done)
    if (outcome) noteRead(app, { call, rule, outcome })
  }
}

const changing = async <T>(
  { audit, log }: Pick<AppContext, 'audit' | 'log'>,
  call: RecordedCall,
  rule: AuditRule,
  perform: () => Promise<T>,
): Promise<T> => {
  const entry = entryFor(call, rule)
  const scopes = scopesOf(call)
  const made = await Promise.all(
    scopes.map(async (scope) => ({ scope, entries: await audit.append(scope, entry) })),
  )
  try {
    return await perform()
  } catch (error) {
    // What failed for reasons of ours may have been done all the same.
    if (error instanceof ProblemError && errorTable[error.code].status < 500)
      for (const { scope, entries } of made)
        for (const { id } of entries)
          await audit
            .append(scope, { ...entry, withdraws: id, detail: { code: error.code } })
            .catch((fault: unknown) => log.error({ err: fault }, 'An audit entry cannot be withdrawn'))
    throw error
  }
}

interface Read {
  call: RecordedCall
  rule: AuditRule
  outcome: Outcome
}

const noteRead = ({ audit }: Pick<AppContext, 'audit'>, { call, rule, outcome }: Read): void => {
  const { status, shown } = outcome
  if (status < 200 || status > 299) return
  if (rule.kind === 'PULLED' && (shown === 0 || ofNobody.has(fieldsOf(call.body)['collection']))) return
  const entry = entryFor(call, rule)
  entry.detail = detailOf(call, rule, shown)
  for (const scope of scopesOf(call)) audit.note(scope, entry)
}

const detailOf = (call: RecordedCall, { kind }: AuditRule, shown: number | undefined): AuditDetail => {
  if (kind === 'READ') return {}
  const asked = askedOf(call)
  return shown === undefined ? { asked } : { asked, shown }
}

const entryFor = (call: RecordedCall, { kind, subjects }: AuditRule): NewEntry => {
  const about = subjectsIn(call, subjects)
  const deviceId = fieldsOf(call.body)['deviceId'] ?? fieldsOf(call.query)['deviceId']
  const entry: NewEntry = { kind, actor: actorOf(call.caller), call: call.name, requestId: call.requestId }
  if (about.length > 0) entry.subjects = about
  if (typeof deviceId === 'string') entry.deviceId = deviceId
  return entry
}

const actorOf = ({ key, user }: Caller): AuditActor => ({
  kind: user ? 'user' : key ? 'key' : 'unknown',
  ...(user ? { userId: user.userId } : {}),
  ...(key ? { accountId: key.accountId, keyId: key.keyId } : {}),
})

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}

const subjectsIn = (
  { params, query, body }: RecordedCall,
  subjects: AuditRule['subjects'],
): AuditSubject[] => {
  const found = [params, query, body].flatMap((part) => Object.entries(fieldsOf(part)))
  return found.flatMap(([field, id]) => {
    const type = Object.hasOwn(subjects, field) ? subjects[field] : undefined
    return type !== undefined && typeof id === 'string' ? [{ type, id }] : []
  })
}

const telling = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d(T[0-9:.]+(Z|[+-]\d\d:\d\d))?)$/

/** Ids, days and numbers as they were asked for; of a name, an address or any other text only that it was. */
const askedOf = ({ query, body }: RecordedCall): Record<string, unknown> => {
  const asked = [query, body].flatMap((part) => Object.entries(fieldsOf(part)))
  const entries = asked.flatMap(([field, value]): [string, unknown][] => {
    if (value === undefined || value === null || places.has(field)) return []
    if (typeof value === 'number' || typeof value === 'boolean') return [[field, value]]
    return [[field, typeof value === 'string' && (telling.test(value) || words.has(field)) ? value : true]]
  })
  return Object.fromEntries(entries)
}
/** Fields that say from where on, not what. */
const places: ReadonlySet<string> = new Set(['cursor', 'checkpoint', 'checkpoints'])
/** Fields whose values come from a list, and tell of nobody. */
const words: ReadonlySet<string> = new Set(['collection', 'category', 'status', 'statusFlag', 'kind'])

/**
 * The user's group; and the group that the call names, where the key may see it: nobody writes into the record of a
 * practice that is not theirs.
 */
const scopesOf = ({ caller: { key, user }, params, query, body }: RecordedCall): AuditScope[] => {
  const named = [params, query, body].map((part) => fieldsOf(part)['groupId'])
  const seen = named.filter(
    (id): id is number => typeof id === 'number' && key?.groupIds.includes(id) === true,
  )
  const own = user?.groupId === null || user === undefined ? [] : [user.groupId]
  const scopes = [...new Set([...own, ...seen])]
  if (scopes.length > 0) return scopes
  const [only, ...further] = user ? [] : (key?.groupIds ?? [])
  return [only === undefined || further.length > 0 ? 'installation' : only]
}
