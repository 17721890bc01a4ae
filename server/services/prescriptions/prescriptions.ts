/**
 * Prescriptions: asked for and taken through their life. What cannot be is a ProblemError, whose code the call is to
 * declare: making one UNKNOWN_REFERENCE, PROSPECT_NOT_REGISTERED (a first one: a prospect has none to repeat),
 * ANIMAL_DECEASED, NO_REPEATS_LEFT, ALREADY_REQUESTED; a step NOT_FOUND, STATUS_STEP_NOT_ALLOWED, ANIMAL_DECEASED, NO_REPEATS_LEFT (and
 * ROLE_NOT_ALLOWED, which every call declares).
 */
import type { z } from 'zod'
import { isProspect } from '../../../sync/clients/is-prospect.ts'
import type { Prescription, prescriptionData } from '../../../sync/contract/practice-records.ts'
import type { Group } from '../../../sync/group.ts'
import { docId, type RecordDoc } from '../../../sync/write/document.ts'
import { makeRecord, reviseRecord, type Writing } from '../../../sync/write/revise.ts'
import type { Role } from '../../contract/call.ts'
import { fail } from '../../http/problem.ts'
import { isInForce, nextSteps, stepVerdict } from './life.ts'
import { prescriptionOf, type StoredPrescription as Stored } from './read.ts'
import { mustBeOwn, releaseRepeat, repeatFor, takeRepeat } from './repeats.ts'

type Status = Prescription['status']
type Writer = Writing & { by: string }

export interface NewPrescription {
  /** The request's own: the same again is the same prescription. It is the prescription's id, but for a repeat. */
  id: string
  data: z.output<typeof prescriptionData>
  kind: 'CUSTOMER' | 'STAFF'
  /** `YYYY-MM-DD` at the site */
  today: string
}

/** Asks for a prescription; a vet approves or declines it (`changePrescription`). */
export const makePrescription = async (
  group: Group,
  { id: askedAs, data, kind, today }: NewPrescription,
  writing: Writer,
): Promise<Prescription> => {
  const standing = await group.db.get(docId('prescription', askedAs))
  if (standing) return prescriptionOf(standing as RecordDoc)
  const siteIds = await sitesFor(group, data)
  const repeat = await repeatFor(group, { askedAs, data, today })
  if (repeat?.standing) return prescriptionOf(repeat.standing)
  const at = new Date(writing.at).toISOString()
  const fields = {
    ...{ ...data, repeatOf: repeat?.repeatOf ?? null, status: 'REQUESTED', requestedAt: at },
    requestedBy: { userId: writing.by, kind },
    ...{ practitionerId: null, messageForCustomer: null },
    steps: [{ status: 'REQUESTED', at, by: writing.by, note: null }],
    ...{ repeats: [], repeatsLeft: repeat ? 0 : data.repeatsAllowed },
    ...(repeat ? { askedAs } : {}),
  }
  const record = { groupId: group.groupId, type: 'prescription', siteIds, fields }
  const { doc } = await makeRecord(group.db, { ...record, id: repeat?.id ?? askedAs }, writing)
  if (repeat) mustBeOwn(doc as Stored, askedAs)
  return prescriptionOf(doc)
}

export interface RepeatRequest {
  id: string
  /** The prescription to repeat: the first one, or a repeat of it. */
  prescriptionId: string
  /** Whose prescription it must be. */
  clientId: string
  customerNote: string | null
  kind: 'CUSTOMER' | 'STAFF'
  /** `YYYY-MM-DD` at the site */
  today: string
}

/** Asks for the same medicine again. */
export const requestRepeat = async (
  group: Group,
  { id, prescriptionId, clientId, customerNote, kind, today }: RepeatRequest,
  writing: Writer,
): Promise<Prescription> => {
  const doc = (await group.db.get(docId('prescription', prescriptionId))) as Stored | undefined
  if (doc?.clientId !== clientId) return fail('UNKNOWN_REFERENCE', at('prescriptionId', 'is not known'))
  const { siteId, animalId, code, description, quantity, directions } = doc
  const data = {
    ...{ siteId, clientId, animalId, code, description, quantity, directions, customerNote },
    ...{ repeatsAllowed: 0, validUntil: null, notes: null, repeatOf: prescriptionId },
  }
  return await makePrescription(group, { id, data, kind, today }, writing)
}

const at = (path: string, message: string) => ({ errors: [{ path, message }] })

/** Sites that see the prescription: its own, and the animal's. */
const sitesFor = async (group: Group, data: NewPrescription['data']): Promise<number[]> => {
  const { siteId, clientId, animalId } = data
  const [animal, client] = await group.db.getMany([docId('animal', animalId), docId('client', clientId)])
  if (!client) return fail('UNKNOWN_REFERENCE', at('clientId', 'is not known'))
  if (isProspect(client)) return fail('PROSPECT_NOT_REGISTERED')
  if (animal?.['clientId'] !== clientId)
    return fail('UNKNOWN_REFERENCE', at('animalId', 'is not an animal of this client'))
  if ((animal['deceasedAt'] ?? null) !== null) return fail('ANIMAL_DECEASED')
  const siteIds = (animal['siteIds'] as number[] | undefined) ?? []
  return [...new Set([siteId, ...siteIds])].sort((a, b) => a - b)
}

export interface PrescriptionStep {
  id: string
  to: Status
  /** The revision that the caller has seen. */
  expected: readonly string[] | undefined
  by: { userId: string; roles: readonly Role[]; practitionerId: string | null }
  note: string | null
  messageForCustomer: string | null
}

/** Takes a prescription to its next status. A step that it has taken last, by the same user, is not taken again. */
export const changePrescription = async (
  group: Group,
  step: PrescriptionStep,
  writing: Writer,
): Promise<{ outcome: 'changed' | 'stale'; record: Prescription }> => {
  const { id, to, expected } = step
  const doc = (await group.db.get(docId('prescription', id))) as Stored | undefined
  if (!doc) return fail('NOT_FOUND')
  if (expected?.includes(doc._rev) === false) return { outcome: 'stale', record: prescriptionOf(doc) }
  checkStep(doc, step)
  if (to === 'APPROVED' || to === 'DISPENSED') await checkAnimal(group, doc)
  if (to === 'APPROVED') await takeRepeat(group, doc, writing)
  const change = (now: RecordDoc) => changesOf(now as Stored, step, writing)
  const revised = await reviseRecord(group.db, { type: 'prescription', id, expected, change }, writing).catch(
    async (error: unknown) => {
      await settleRepeat(group, id, writing)
      throw error
    },
  )
  await settleRepeat(group, id, writing)
  if (revised.outcome === 'missing') return fail('NOT_FOUND')
  const outcome = revised.outcome === 'stale' ? 'stale' : 'changed'
  return { outcome, record: prescriptionOf(revised.doc) }
}

/**
 * A repeat that is not in force holds no place; one that is, has one, also where somebody who was late gave it back in
 * between.
 */
const settleRepeat = async (group: Group, id: string, writing: Writing): Promise<void> => {
  const doc = (await group.db.get(docId('prescription', id))) as Stored | undefined
  if (!doc) return
  if (!isInForce(doc.status)) await releaseRepeat(group, doc, writing)
  else await takeRepeat(group, doc, writing)
}

/** A medicine is given to an animal that lives, and on its owner's account. */
const checkAnimal = async (group: Group, { animalId, clientId }: Stored): Promise<void> => {
  const animal = await group.db.get(docId('animal', animalId))
  if ((animal?.['deceasedAt'] ?? null) !== null) fail('ANIMAL_DECEASED')
  if (animal && animal['clientId'] !== clientId)
    fail('STATUS_STEP_NOT_ALLOWED', {
      detail: 'The animal is another client’s by now: decline or cancel this, and make one for them.',
    })
}

const checkStep = (doc: Stored, { to, by }: PrescriptionStep): void => {
  const verdict = stepVerdict(doc.status, to, by.roles)
  if (verdict === 'not for this role')
    fail('ROLE_NOT_ALLOWED', { detail: `${to} is not a step that your role may take.` })
  const next = nextSteps(doc.status)
  const may = next.length > 0 ? `${next.join(', ')} may follow` : 'nothing follows'
  if (verdict === 'not a step')
    fail('STATUS_STEP_NOT_ALLOWED', { detail: `The prescription is ${doc.status}; ${may}.` })
}

const changesOf = (doc: Stored, step: PrescriptionStep, { by, at }: Writer): Record<string, unknown> => {
  checkStep(doc, step)
  const { to, note, messageForCustomer } = step
  const taken = { status: to, at: new Date(at).toISOString(), by, note }
  const decided = to === 'APPROVED' || to === 'DECLINED'
  return {
    ...{ status: to, steps: [...doc.steps, taken] },
    ...(decided ? { practitionerId: step.by.practitionerId } : {}),
    ...(messageForCustomer === null ? {} : { messageForCustomer }),
  }
}
