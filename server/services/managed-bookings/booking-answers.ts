/** What came of a booking, as the API answers it. */
import type { Refused } from '../../../sync/bookings/refusal.ts'
import type { Appointment } from '../../../sync/contract/records.ts'
import { apiRecord, type RecordDoc } from '../../../sync/write/document.ts'
import type { ErrorCode } from '../../contract/errors.ts'
import type { FailOptions } from '../../http/problem.ts'

/** The details of a refusal: for SLOT_TAKEN also what is free near by. */
const refusalOptions = ({ detail, path, alternatives }: Refused): FailOptions => ({
  detail,
  ...(path === undefined ? {} : { errors: [{ path, message: detail }] }),
  ...(alternatives ? { extra: { alternatives } } : {}),
})

/** A refusal of a call that declares only some of the codes; another one is a fault of ours. */
export const refusedAmong = <Code extends ErrorCode>(
  codes: readonly Code[],
  refusal: Refused,
): { code: Code; options: FailOptions } => {
  const code = codes.find((one): boolean => one === refusal.code)
  if (code === undefined) throw new Error(`A booking was refused with ${refusal.code}: ${refusal.detail}`)
  return { code, options: refusalOptions(refusal) }
}

export const asAppointment = (doc: RecordDoc): Appointment => apiRecord(doc) as unknown as Appointment
