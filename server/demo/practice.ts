/** The demo practice: its keys, groups, sites, people and reasons. Everything here is made up. */
import type { NewUser } from '../auth/accounts.ts'
import type { KeyKind } from '../auth/identity.ts'
import type { PractitionerReference, SiteReference } from '../../sync/contract/reference.ts'
import { demoUuid } from './ids.ts'

export { demoPassword } from '../auth/password-rules.ts'
export const demoAccountId = '00000000-0000-4000-8000-000000000001'

/** OAuth 2.0 sends users of the demo back to a program on this machine, on whatever port. */
export const demoRedirectUris = ['http://127.0.0.1/callback', 'http://localhost/callback']

interface DemoKey {
  keyId: string
  apiKey: string
  kind: KeyKind
  /** Every group where absent. */
  groupIds?: number[]
}

export const demoKeys: readonly DemoKey[] = [
  { keyId: 'demo-server', apiKey: 'demo-api-key', kind: 'server' },
  { keyId: 'demo-app', apiKey: 'demo-app-key', kind: 'app' },
  { keyId: 'demo-agent', apiKey: 'demo-agent-key', kind: 'agent', groupIds: [1] },
]

const person = (n: number): string => `6f1c8f0e-0000-4000-8000-${String(n).padStart(12, '0')}`

interface DemoSite {
  siteId: number
  name: string
}

export interface DemoPractitioner {
  practitionerId: string
  name: string
  siteIds: number[]
  /** Nurses see other patients, and fewer. */
  nurse: boolean
  rota: PractitionerReference['rota']
}

export interface DemoReason {
  reasonId: string
  name: string
  durationMinutes: number
  nurse: boolean
  onlineBooking: boolean
}

export interface DemoGroup {
  groupId: number
  name: string
  sites: readonly DemoSite[]
  practitioners: readonly DemoPractitioner[]
  users: readonly Omit<NewUser, 'password' | 'demo' | 'groupId'>[]
  clients: number
}

export const timeZone = 'Europe/London'
export const slotMinutes = 15

/** ISO weekdays: 1 is Monday. A full day every day, so that the demo shows as much on a Sunday as on a Monday. */
const weekdays = [1, 2, 3, 4, 5, 6, 7]
export const openingHours = weekdays.map((weekday) => ({ weekday, opens: '09:00', closes: '17:30' }))

/** Nobody sees patients at lunch. */
export const lunch = { from: '12:30', to: '13:30' }
export const breaks = weekdays.map((weekday) => ({ weekday, ...lunch }))

/** Holidays of a year: open for shorter, for what cannot wait. */
const holidays = (year: number): SiteReference['exceptions'] => {
  const shorter = [{ opens: '10:00', closes: '16:00' }]
  return [
    { date: `${year}-01-01`, hours: shorter, note: "New Year's Day" },
    { date: `${year}-12-24`, hours: [{ opens: '09:00', closes: '15:00' }], note: 'Christmas Eve' },
    { date: `${year}-12-25`, hours: shorter, note: 'Christmas Day' },
    { date: `${year}-12-26`, hours: shorter, note: 'Boxing Day' },
  ]
}
export const exceptions = [2026, 2027, 2028, 2029, 2030].flatMap(holidays)

export const onlineBooking = { enabled: true, prospects: true, noticeMinutes: 60, daysAhead: 90 }

/** Before lunch at the one site, after it at the other. */
const between = (morning: number, afternoon: number): PractitionerReference['rota'] => ({
  weekly: weekdays.flatMap((weekday) => [
    { weekday, siteId: morning, from: '09:00', to: lunch.from },
    { weekday, siteId: afternoon, from: lunch.to, to: '17:30' },
  ]),
  exceptions: [],
})

/** Time that a practitioner keeps free each week; a diary has it as a block. */
export const weeklyBlocks = [
  { name: 'Ben Okafor', weekday: 3, from: '16:30', to: '17:30', reason: 'Laboratory results and letters' },
  { name: 'Sam Trewin', weekday: 2, from: '09:00', to: '09:45', reason: 'Team meeting' },
]

const reason = (name: string, durationMinutes: number, more: Partial<DemoReason> = {}): DemoReason => ({
  reasonId: demoUuid('reason', name),
  name,
  durationMinutes,
  nurse: false,
  onlineBooking: true,
  ...more,
})
const nurse = { nurse: true }
const byPhone = { onlineBooking: false }

export const cancellationReasons = [
  'Client cancelled',
  'Animal is better',
  'Practice cancelled',
  'Booked by mistake',
].map((name) => ({ reasonId: demoUuid('cancellationReason', name), name }))

export const reasons: readonly DemoReason[] = [
  reason('Consultation', 15),
  reason('Vaccination', 15),
  reason('Lameness examination', 30),
  reason('Farm visit', 45, byPhone),
  reason('Follow-up', 15),
  reason('Dental check', 30),
  reason('Post-operative check', 15, { ...nurse, ...byPhone }),
  reason('Nail clipping', 15, nurse),
  reason('Dressing change', 30, nurse),
]

const amelia = {
  practitionerId: person(11),
  name: 'Amelia Hart',
  siteIds: [1, 2],
  nurse: false,
  rota: between(1, 2),
}
const ben = { practitionerId: person(12), name: 'Ben Okafor', siteIds: [1], nurse: false, rota: null }
const nina = {
  practitionerId: person(13),
  name: 'Nina Walsh',
  siteIds: [2, 1],
  nurse: true,
  rota: between(2, 1),
}
const sam = { practitionerId: person(17), name: 'Sam Trewin', siteIds: [3], nurse: false, rota: null }

export const demoGroups: readonly DemoGroup[] = [
  {
    groupId: 1,
    name: 'Hillside Vets',
    sites: [
      { siteId: 1, name: 'Hillside Surgery' },
      { siteId: 2, name: 'Millbrook Branch' },
    ],
    practitioners: [amelia, ben, nina],
    users: [
      {
        userId: person(1),
        username: 'amelia.vet',
        displayName: amelia.name,
        roles: ['vet'],
        siteIds: [1, 2],
        practitionerId: amelia.practitionerId,
      },
      {
        userId: person(2),
        username: 'ben.vet',
        displayName: ben.name,
        roles: ['vet'],
        siteIds: [1],
        practitionerId: ben.practitionerId,
      },
      {
        userId: person(3),
        username: 'nina.nurse',
        displayName: nina.name,
        roles: ['nurse'],
        siteIds: [1, 2],
        practitionerId: nina.practitionerId,
      },
      {
        userId: person(4),
        username: 'rita.reception',
        displayName: 'Rita Lloyd',
        roles: ['reception'],
        siteIds: [1, 2],
        practitionerId: null,
      },
      {
        userId: person(5),
        username: 'gita.groupadmin',
        displayName: 'Gita Rao',
        roles: ['groupAdmin'],
        siteIds: [1, 2],
        practitionerId: null,
      },
      {
        userId: person(6),
        username: 'carol@example.com',
        displayName: 'Carol Marsh',
        roles: ['customer'],
        siteIds: [],
        practitionerId: null,
      },
    ],
    clients: 36,
  },
  {
    groupId: 2,
    name: 'Seaview Vets',
    sites: [{ siteId: 3, name: 'Seaview Harbour' }],
    practitioners: [sam],
    users: [
      {
        userId: person(7),
        username: 'sam.seaview',
        displayName: sam.name,
        roles: ['vet'],
        siteIds: [3],
        practitionerId: sam.practitionerId,
      },
    ],
    clients: 8,
  },
]

/** Who may sign in on a device in the demo, and what they are. */
export const demoUsersOf = ({ users, name }: DemoGroup): { username: string; what: string }[] =>
  users
    .filter(({ roles }) => roles.some((role) => role === 'vet' || role === 'nurse' || role === 'reception'))
    .map(({ username, roles }) => ({ username, what: `${roles.join(', ')} at ${name}` }))
