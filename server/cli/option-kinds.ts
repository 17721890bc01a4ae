/** Options as they are typed on a command line. */
import { z } from 'zod'
import { allScopes } from '../contract/scopes.ts'
import { redirectFault } from '../oauth/clients.ts'
import { role } from '../contract/authentication.ts'

const parts = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

export const numberOption = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'must be a whole number')
  .transform(Number)

/** Hours, of which none may be meant. */
export const hoursOption = z
  .string()
  .regex(/^\d{1,6}$/, 'must be a whole number')
  .transform(Number)

export const numbersOption = parts.pipe(z.array(numberOption).min(1))
/** Of staff: customers register by themselves. */
const staffRole = role.exclude(['customer'])
export const rolesOption = parts.pipe(z.array(staffRole).min(1))
export const scopesOption = parts.pipe(z.array(z.enum(allScopes as [string, ...string[]])).min(1))
const redirectUri = z.string().superRefine((uri, context) => {
  const fault = redirectFault(uri)
  if (fault !== undefined) context.addIssue(fault)
})
export const redirectsOption = parts.pipe(z.array(redirectUri))

const noInstant = 'must be a date that there is, or an instant with its offset'

/** A day, whose end counts, or an instant; as ms since the epoch. */
export const instantOption = z
  .union([
    z.iso.date({ error: noInstant }).transform((text) => `${text}T23:59:59Z`),
    z.iso.datetime({ offset: true, error: noInstant }),
  ])
  .transform((text) => Date.parse(text))
