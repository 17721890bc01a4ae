/** Why a call is not for a user's roles, in words that are true for whoever they are. */
import type { Role } from '../contract/call.ts'
import { fail } from '../http/problem.ts'
import type { UserIdentity } from './identity.ts'

const people: Readonly<Record<Role, string>> = {
  vet: 'vets',
  nurse: 'nurses',
  reception: 'receptionists',
  groupAdmin: 'group administrators',
  customer: 'customers',
}

/** @param allowed roles that may make the call */
export const roleRefusal = ({ groupId, roles }: UserIdentity, allowed: readonly Role[]): never =>
  fail('ROLE_NOT_ALLOWED', { detail: detailFor(groupId !== null && roles.some(isStaffs), allowed) })

const isStaffs = (role: Role): boolean => role !== 'customer'

const detailFor = (isStaff: boolean, allowed: readonly Role[]): string => {
  const staff = allowed.filter(isStaffs)
  if (staff.length === 0) return 'This is for customers, who sign in with an account of their own.'
  if (!isStaff) return 'This is for people who work at the practice. Ask the practice.'
  const names = staff.map((role) => people[role])
  const last = names.pop()
  return `This is for ${names.length > 0 ? `${names.join(', ')} and ${last}` : last}. Ask one of them.`
}
