/**
 * What the audit record says of a call, from its declaration. What is not declared is recorded where it may show
 * records of clients to staff or to a server key, so that a new call is never forgotten.
 */
import type { AuditKind, SubjectType } from '../contract/audit-kinds.ts'
import type { CallSpec } from '../contract/call.ts'

export interface AuditRule {
  kind: AuditKind
  /** Of a change: its entry is on disk before it is made. */
  change: boolean
  /** Fields of parameters, query and body that name what the call is about. */
  subjects: Readonly<Record<string, SubjectType>>
}

const reads: ReadonlySet<AuditKind> = new Set<AuditKind>(['READ', 'LISTED', 'PULLED'])

/** Collections that hold nothing of clients. */
export const ofNobody: ReadonlySet<unknown> = new Set(['reference', 'treatmentCodes'])

const namedAfter: Readonly<Record<string, SubjectType>> = {
  clientId: 'client',
  animalId: 'animal',
  appointmentId: 'appointment',
  treatmentId: 'treatment',
  paymentId: 'payment',
  invoiceId: 'invoice',
  documentId: 'document',
  prospectId: 'client',
  deviceId: 'device',
  globalAccountId: 'globalAccount',
}

/** Customers see what is their own: that is no reading of a client's data by others. */
const isForStaff = ({ auth }: CallSpec): boolean =>
  auth.kind === 'serverKey' ||
  auth.kind === 'keyMaybeUser' ||
  (auth.kind === 'user' && auth.roles.some((role) => role !== 'customer'))

/** Undefined where nothing is recorded. */
export const auditRuleOf = (spec: CallSpec): AuditRule | undefined => {
  const { audit, params, method, reads: asks } = spec
  if (audit === 'none') return undefined
  if (audit) {
    const { kind, subjects = {} } = audit
    return { kind, change: !reads.has(kind), subjects: { ...namedAfter, ...subjects } }
  }
  if (!isForStaff(spec) || (method !== 'GET' && asks !== true)) return undefined
  const one = Object.keys(params?.shape ?? {}).some((name) => Object.hasOwn(namedAfter, name))
  return { kind: one ? 'READ' : 'LISTED', change: false, subjects: namedAfter }
}
