/**
 * What a practice says of itself, as an operator writes it down in JSON: sites with their hours, practitioners with
 * their rotas, reasons for coming, the lists of its registration form and its terms. Pure.
 */
import { z } from 'zod'
import { faultInWords } from '../../sync/contract/fault-words.ts'
import { uuid } from '../../sync/contract/fields.ts'
import {
  cancellationReasonReference,
  practitionerReference,
  reasonReference,
  siteReference,
} from '../../sync/contract/reference.ts'
import { unknownFields } from './unknown-fields.ts'

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const site = z.strictObject({
  ...siteReference.omit({ kind: true }).shape,
  timeZone: z.string().refine(isTimeZone, 'must be a time zone that there is, such as Europe/London'),
})
/** Where an id is left out, it is who has the name, or a new one. */
const practitioner = z.strictObject({
  ...practitionerReference.omit({ kind: true }).shape,
  practitionerId: uuid.optional(),
})
const reason = z.strictObject({
  ...reasonReference.omit({ kind: true }).shape,
  reasonId: uuid.optional(),
})
const cancellationReason = z.strictObject({
  ...cancellationReasonReference.omit({ kind: true }).shape,
  reasonId: uuid.optional(),
})

const name = z.string().trim().min(1).max(200)
const code = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}-]{0,99}$/u, 'must be of letters, digits and hyphens')
  .optional()
const entry = z.union([name.transform((text) => ({ name: text })), z.strictObject({ code, name })])
const entries = z.array(entry).max(2000).optional()

const lists = z.strictObject({
  title: entries,
  city: entries,
  county: entries,
  species: entries,
  breed: z
    .array(z.strictObject({ code, name, species: name }))
    .max(5000)
    .optional(),
  colour: entries,
  sex: entries,
  clientCategory: entries,
  introducedBy: entries,
  consentMethod: entries,
  consentType: z
    .array(
      z.strictObject({
        ...{ code, name },
        description: z.string().max(1000).nullable().default(null),
        contractual: z.boolean().default(false),
      }),
    )
    .max(100)
    .optional(),
})
export const listKinds = Object.keys(lists.shape) as (keyof z.output<typeof lists>)[]

const practiceFile = z.strictObject({
  sites: z.array(site).max(500).default([]),
  practitioners: z.array(practitioner).max(5000).default([]),
  reasons: z.array(reason).max(500).default([]),
  cancellationReasons: z.array(cancellationReason).max(500).default([]),
  lists: lists.default({}),
  terms: z.strictObject({ version: name, title: name, text: z.string().min(1).max(100_000) }).optional(),
})
export type PracticeFile = z.output<typeof practiceFile>

/** It is not what a practice can say of itself; a line for each fault. */
export class PracticeFileRefused extends Error {
  override readonly name = 'PracticeFileRefused'
}

/** @throws PracticeFileRefused */
export const readPracticeFile = (text: string): PracticeFile => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new PracticeFileRefused(`The file is no JSON: ${(cause as Error).message}`, { cause })
  }
  const parsed = practiceFile.safeParse(json)
  const unknown = parsed.success ? unknownFields(json, parsed.data) : []
  if (parsed.success && unknown.length === 0) return parsed.data
  if (parsed.success)
    throw new PracticeFileRefused(unknown.map((path) => `${path.join('.')}: is not known`).join('\n'))
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${faultInWords(issue, json)}`)
  throw new PracticeFileRefused(faults.join('\n'), { cause: parsed.error })
}
