/** The status life of a prescription, as data: which step may follow which, and who may take it. Pure. */
import type { PrescriptionStatus } from '../../../sync/contract/practice-records.ts'
import type { Role } from '../../contract/call.ts'

const vet: readonly Role[] = ['vet']
const clinical: readonly Role[] = ['vet', 'nurse']
const staff: readonly Role[] = ['vet', 'nurse', 'reception']

const steps: Readonly<
  Record<PrescriptionStatus, Readonly<Partial<Record<PrescriptionStatus, readonly Role[]>>>>
> = {
  REQUESTED: { APPROVED: vet, DECLINED: vet, CANCELLED: [...staff, 'customer'] },
  APPROVED: { DISPENSED: clinical, CANCELLED: vet },
  DISPENSED: { COLLECTED: staff, CANCELLED: clinical },
  DECLINED: {},
  COLLECTED: {},
  CANCELLED: {},
}

/** Statuses that may follow this one. */
export const nextSteps = (from: PrescriptionStatus): PrescriptionStatus[] =>
  Object.keys(steps[from]) as PrescriptionStatus[]

export type StepVerdict = 'allowed' | 'not a step' | 'not for this role'

/** Whether somebody of these roles may take a prescription from one status to another. */
export const stepVerdict = (
  from: PrescriptionStatus,
  to: PrescriptionStatus,
  roles: readonly Role[],
): StepVerdict => {
  const allowed = steps[from][to]
  if (!allowed) return 'not a step'
  return roles.some((role) => allowed.includes(role)) ? 'allowed' : 'not for this role'
}

/** Statuses in which a prescription stands for a medicine that the animal may have, and may be repeated. */
export const isInForce = (status: PrescriptionStatus): boolean =>
  status === 'APPROVED' || status === 'DISPENSED' || status === 'COLLECTED'
