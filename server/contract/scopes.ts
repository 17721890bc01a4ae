/** OAuth 2.0 scopes (RFC 6749, section 3.3): two for each service, and which of them a call asks for. */
import type { CallSpec, ServiceName } from './call.ts'

/** The part of a scope's name before `.read` and `.write`. */
const prefixes: Readonly<Record<ServiceName, string>> = {
  authentication: 'authentication',
  global: 'global',
  mobile: 'mobile',
  managedBookings: 'bookings',
  registrations: 'registrations',
  prospectBookings: 'prospectBookings',
  clientLink: 'clientLink',
  clinicalPortal: 'clinicalPortal',
  bridge: 'bridge',
  system: 'system',
  administration: 'administration',
}

/** What a person is told when asked to consent. */
const words: Readonly<Record<string, string>> = {
  authentication: 'your sign-in',
  global: 'your account and the practices that you go to',
  mobile: 'the diary, clients, animals, treatments and payments',
  bookings: 'appointments',
  registrations: 'registrations of new clients',
  prospectBookings: 'bookings of people who are no clients yet',
  clientLink: 'your animals, appointments, prescriptions and invoices',
  system: 'the health of the practice’s systems',
  administration: 'who did what in the practice, and all that is held of a client',
  bridge: 'what is in the practice’s own PMS',
  clinicalPortal: 'clinical records, prescriptions and invoices',
}

/** Every scope there is. */
export const allScopes: readonly string[] = [
  ...new Set(Object.values(prefixes).flatMap((name) => [`${name}.read`, `${name}.write`])),
]

/**
 * Passwords and sessions of users are no business of an application that acts for them, and the bridge to a PMS is
 * for keys alone.
 */
export const userScopes: readonly string[] = allScopes.filter(
  (scope) => !/^(authentication|bridge)\./.test(scope),
)

/** The scope that a call asks for. */
export const scopeOf = ({ service, method, reads }: Pick<CallSpec, 'service' | 'method' | 'reads'>): string =>
  `${prefixes[service]}.${method === 'GET' || reads === true ? 'read' : 'write'}`

/** A scope in plain words. */
export const scopeInWords = (scope: string): string => {
  const [prefix = '', right] = scope.split('.')
  return `${right === 'read' ? 'See' : 'Change'} ${words[prefix] ?? prefix}`
}
