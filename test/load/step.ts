/** A call of the contract as the load test makes it. */
import type { Api } from '../../server/contract/api.ts'
import type { Sampler } from './jmx.ts'

export type CallName = keyof Api

/** Whose tokens a request carries: the server key's or the app key's alone, or with them a user's. */
export type Caller = 'nobody' | 'server' | 'app' | 'vet' | 'phone' | 'admin' | 'customer'

/** Texts may hold JMeter's `${variables}`: settings, values of the turn, and what earlier steps took. */
export interface Step extends Pick<Sampler, 'form' | 'bytes' | 'expect' | 'refuse' | 'take' | 'timeout'> {
  call: CallName
  as: Caller
  /** Tells it from the same call made otherwise. */
  how?: string
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  headers?: Record<string, string>
}

/** A variable that stands in JSON as it is: a number, null or an object. */
export const bare = (variable: string): string => `#\${${variable}}`

/** A field of an answer, as text. */
export const field = (name: string): string => `"${name}":"([^"]+)"`

/** Any one of the free times of an answer: `free_g1` is who works then, `free_g2` and `free_g3` from when to when. */
export const anyFree = {
  pattern: `${field('practitionerId')},"practitionerName":"[^"]*",${field('startsAt')},${field('endsAt')}`,
  random: true,
} as const
