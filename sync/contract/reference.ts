/**
 * Reference documents: what a group's practices say of themselves. Stored as `reference:<kind>:<id>`, `type` being
 * `reference` and `kind` one of those below. All times of day are wall-clock times of the site's own zone.
 */
import { z } from 'zod'
import { day, instant, longText, optional, shortText, siteId, uuid } from './fields.ts'

/** `HH:MM`, 00:00–24:00. */
const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day such as 09:30, at most 24:00')

/** ISO weekday: 1 is Monday. */
const weekday = z.int().min(1).max(7)

const inOrder = <T extends z.ZodObject>(shape: T, from: keyof z.output<T>, to: keyof z.output<T>) =>
  shape.refine((hours) => String(hours[from]) < String(hours[to]), 'must end after it begins')

const hours = { opens: timeOfDay, closes: timeOfDay }
const time = { from: timeOfDay, to: timeOfDay }

const openingHours = inOrder(z.object({ weekday, ...hours }), 'opens', 'closes')

export const onlineBookingSettings = z.object({
  enabled: z.boolean().default(true),
  prospects: z.boolean().default(true).describe('Whether people who are no clients yet may book'),
  noticeMinutes: z.int().min(0).max(43_200).default(0).describe('Least time between booking and slot'),
  daysAhead: z.int().min(0).max(1000).default(365).describe('How many days ahead one may book'),
})

/** A site. Id: `site:<siteId>`. */
export const siteReference = z.object({
  kind: z.literal('site'),
  siteId,
  name: shortText,
  timeZone: z.string().min(1).max(80).describe('IANA name, such as Europe/London'),
  openingHours: z
    .array(openingHours)
    .max(100)
    .default([])
    .describe('Several a weekday where the site closes in between'),
  breaks: z
    .array(inOrder(z.object({ weekday, ...time }), 'from', 'to'))
    .max(100)
    .default([])
    .describe('Open, but nobody sees patients: the lunch hour'),
  exceptions: z
    .array(
      z.object({
        date: day,
        hours: z
          .array(inOrder(z.object(hours), 'opens', 'closes'))
          .max(10)
          .describe('Empty: closed'),
        note: optional(shortText),
      }),
    )
    .max(2000)
    .default([])
    .describe('Days that stand in place of the weekday’s hours and breaks'),
  slotMinutes: z.int().min(1).max(1440).default(15),
  onlineBooking: onlineBookingSettings.prefault({}),
})
export type SiteReference = z.infer<typeof siteReference>

const rotaTime = { siteId, ...time }

/** A practitioner. Id: `practitioner:<practitionerId>`. */
export const practitionerReference = z.object({
  kind: z.literal('practitioner'),
  practitionerId: uuid,
  name: shortText,
  siteIds: z.array(siteId).max(500).default([]),
  active: z.boolean().default(true),
  onlineBooking: z
    .boolean()
    .default(true)
    .describe('Whether customers may book this practitioner themselves'),
  rota: z
    .object({
      weekly: z
        .array(inOrder(z.object({ weekday, ...rotaTime }), 'from', 'to'))
        .max(200)
        .nullable()
        .default(null)
        .describe('Null: all opening hours'),
      exceptions: z
        .array(
          z.object({
            date: day,
            hours: z
              .array(inOrder(z.object(rotaTime), 'from', 'to'))
              .max(20)
              .describe('Empty: away'),
            note: optional(shortText),
          }),
        )
        .max(2000)
        .default([])
        .describe('Days that stand in place of the weekday’s times'),
    })
    .nullable()
    .default(null)
    .describe('Null: all opening hours of the practitioner’s sites'),
})
export type PractitionerReference = z.infer<typeof practitionerReference>

/** A reason for an appointment; a booking that a customer makes names one. Id: `reason:<reasonId>`. */
export const reasonReference = z.object({
  kind: z.literal('reason'),
  reasonId: uuid,
  name: shortText,
  durationMinutes: z.int().min(1).max(1440).describe('Rounded up to whole slots of the site'),
  onlineBooking: z.boolean().default(true).describe('Whether customers may book it themselves'),
  active: z.boolean().default(true),
})
export type ReasonReference = z.infer<typeof reasonReference>

/** Why an appointment was cancelled. Id: `cancellationReason:<reasonId>`. */
export const cancellationReasonReference = z.object({
  kind: z.literal('cancellationReason'),
  reasonId: uuid,
  name: shortText,
  active: z.boolean().default(true),
})

/** No block is longer; bounds the search for one that began before. Longer absences are exceptions of a rota. */
export const longestBlockMs = 31 * 86_400_000

/** Whether a time can be blocked. */
export const isBlockTime = ({ startsAt, endsAt }: { startsAt: string; endsAt: string }): boolean => {
  const length = Date.parse(endsAt) - Date.parse(startsAt)
  return length > 0 && length <= longestBlockMs
}
export const noBlockTime = { path: ['endsAt'], message: 'must be after startsAt, by at most 31 days' }

/**
 * Time that nobody is to book: of one practitioner, at whatever site, or of all at a site. Id: `block:<blockId>`. A
 * document of its own, which the index finds by practitioner or site and time, so that blocking an hour neither
 * rewrites a practitioner's rota nor costs more as the years add up.
 */
export const blockReference = z
  .object({
    kind: z.literal('block'),
    blockId: uuid,
    siteId,
    practitionerId: uuid.nullable().describe('Null: everybody at the site'),
    startsAt: instant,
    endsAt: instant,
    reason: optional(longText),
  })
  .refine(isBlockTime, noBlockTime)
