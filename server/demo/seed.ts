/** Makes the demo practice, or tops it up: what is there already is left as it is. */
import { DateTime } from 'luxon'
import type { Group } from '../../sync/group.ts'
import type { NewRecordDoc } from '../../sync/write/document.ts'
import { hashApiKey } from '../auth/api-key-hash.ts'
import type { AppContext } from '../context.ts'
import { careOf } from './care.ts'
import { blocksOf, diaryOf } from './diary.ts'
import { householdId, households } from './households.ts'
import { pastWithInvoices } from './past.ts'
import { demoUuid } from './ids.ts'
import {
  breaks,
  cancellationReasons,
  demoAccountId,
  demoGroups,
  demoKeys,
  demoPassword,
  demoRedirectUris,
  exceptions,
  onlineBooking,
  openingHours,
  reasons,
  slotMinutes,
  timeZone,
  type DemoGroup,
} from './practice.ts'
import { priceList } from './price-list.ts'
import { demoRecord, type DemoStamp } from './records.ts'
import { demoRegistration, registrationLists } from './registration-lists.ts'

/** How many days of the diary there are before today, and after. */
export interface DemoDays {
  back: number
  ahead: number
}

const demoDays: DemoDays = { back: 14, ahead: 30 }
const batch = 1000

/** Seeds accounts, users, and each group's records. */
export const seedDemo = async (context: AppContext, days = demoDays): Promise<void> => {
  const { groups, now } = context
  const seeding = demoGroups.map(async (demo) => {
    await seedGroup(await groups.get(demo.groupId), demo, { now: now(), days })
  })
  await Promise.all([seedAccounts(context), ...seeding])
}

/** Accounts and users alone. */
export const seedAccounts = async ({ accounts }: Pick<AppContext, 'accounts'>): Promise<void> => {
  for (const { groupId, name } of demoGroups)
    await accounts.ensureGroup({ groupId, name, demo: true, passwordExpiryDays: null })
  const groupIds = demoGroups.map(({ groupId }) => groupId)
  await accounts.ensureAccount({
    accountId: demoAccountId,
    name: 'Demo',
    demo: true,
    redirectUris: demoRedirectUris,
    keys: demoKeys.map(({ keyId, apiKey, kind, groupIds: only = groupIds }) => ({
      keyId,
      kind,
      hash: hashApiKey(apiKey),
      groupIds: only,
      expiresAt: null,
    })),
  })
  const users = demoGroups.flatMap(({ groupId, users }) =>
    users.map((user) =>
      isCustomer(user)
        ? { ...user, groupId: null }
        : { ...user, groupId, email: `${user.username}@example.com` },
    ),
  )
  await Promise.all(users.map((user) => accounts.ensureUser({ ...user, demo: true, password: demoPassword })))
  await seedDevice({ accounts })
  for (const { groupId, sites, users } of demoGroups)
    for (const [n, { userId, username, displayName }] of users.filter(isCustomer).entries()) {
      const [firstName = '', lastName = ''] = displayName.split(' ')
      await accounts.globalAccounts.ensure({
        ...{ globalAccountId: userId, username, email: username, title: null, firstName, lastName },
        mobile: `+44 1632 960${String(100 + n).padStart(3, '0')}`,
        termsAcceptedAt: demoSince,
        links: [
          {
            linkId: demoUuid('link', userId, groupId),
            groupId,
            siteIds: sites.map(({ siteId }) => siteId),
            clientId: householdId(groupId, n),
            connectedAt: demoSince,
          },
        ],
      })
    }
}

/** A device that a group administrator can look at, and cut off, without doing harm to anybody's work. */
const seedDevice = async ({ accounts }: Pick<AppContext, 'accounts'>): Promise<void> => {
  const user = await accounts.user('nina.nurse')
  if (!user || user.groupId === null) return
  const { userId, username, displayName, groupId } = user
  const owner = { userId, username, displayName, groupId }
  await accounts.devices.ensure({ deviceId: 'lost-tablet', software: 'hillside-app/2.3.0', user: owner })
}

const demoSince = '2026-01-05T09:00:00.000Z'
const isCustomer = ({ roles }: { roles: readonly string[] }): boolean => roles.includes('customer')

const seedGroup = async (
  group: Group,
  demo: DemoGroup,
  { now, days: { back, ahead } }: { now: number; days: DemoDays },
): Promise<void> => {
  const stamp: DemoStamp = { groupId: demo.groupId, at: new Date(now).toISOString() }
  const homes = households(demo, stamp)
  await topUp(group, reference(demo, stamp))
  await writeMissing(group, [
    ...priceList(stamp),
    ...registrationLists(stamp),
    ...homes.slice(0, 1).map((home) => demoRegistration(home, stamp)),
    ...homes.flatMap(({ docs }) => docs),
  ])
  const today = DateTime.fromMillis(now, { zone: timeZone })
  const [blocks, fresh]: [NewRecordDoc[], NewRecordDoc[]] = [[], []]
  for (const practitioner of demo.practitioners) {
    const days = Array.from({ length: back + 1 + ahead }, (_, i) => today.plus({ days: i - back }))
    const diaries = days.map((day) => {
      const date = day.toISODate() ?? ''
      const options = { stamp, practitioner, households: homes, date, today: today.toISODate() ?? '' }
      return { appointments: diaryOf(options), blocks: blocksOf(options) }
    })
    const missing = await newDays(group, diaries)
    blocks.push(...missing.blocks)
    fresh.push(...missing.appointments)
  }
  await writeMissing(group, [...blocks, ...fresh, ...(await pastWithInvoices(group, fresh, stamp))])
  await writeMissing(group, await careOf(group, demo, homes, { stamp, now }))
}

const reference = ({ sites, practitioners }: DemoGroup, stamp: DemoStamp): NewRecordDoc[] => [
  ...sites.map((site) =>
    demoRecord('reference', `site:${site.siteId}`, stamp, {
      siteIds: [],
      kind: 'site',
      ...site,
      timeZone,
      openingHours,
      breaks,
      exceptions,
      slotMinutes,
      onlineBooking,
    }),
  ),
  ...practitioners.map(({ practitionerId, name, siteIds, rota }) =>
    demoRecord('reference', `practitioner:${practitionerId}`, stamp, {
      siteIds,
      kind: 'practitioner',
      practitionerId,
      name,
      active: true,
      onlineBooking: true,
      rota,
    }),
  ),
  ...reasons.map(({ reasonId, name, durationMinutes, onlineBooking: online }) =>
    demoRecord('reference', `reason:${reasonId}`, stamp, {
      siteIds: [],
      kind: 'reason',
      reasonId,
      name,
      durationMinutes,
      onlineBooking: online,
      active: true,
    }),
  ),
  ...cancellationReasons.map(({ reasonId, name }) =>
    demoRecord('reference', `cancellationReason:${reasonId}`, stamp, {
      siteIds: [],
      kind: 'cancellationReason',
      reasonId,
      name,
      active: true,
    }),
  ),
]

interface DemoDay {
  appointments: NewRecordDoc[]
  blocks: NewRecordDoc[]
}

/** What is new of days that were not seeded before, without appointments whose time somebody has taken meanwhile. */
const newDays = async (group: Group, diaries: readonly DemoDay[]): Promise<DemoDay> => {
  const firsts = await group.db.getMany(diaries.map(({ appointments }) => appointments[0]?._id ?? ''))
  const fresh = diaries.filter((_, i) => !firsts[i])
  const checked = await Promise.all(
    fresh
      .flatMap(({ appointments }) => appointments)
      .map(async (doc) => ((await isTaken(group, doc)) ? [] : [doc])),
  )
  return { appointments: checked.flat(), blocks: fresh.flatMap(({ blocks }) => blocks) }
}

/** No appointment of a practice's day is longer. */
const longestMs = 4 * 3_600_000

const isTaken = async (group: Group, appointment: NewRecordDoc): Promise<boolean> => {
  const { startsAt, endsAt, practitionerId } = appointment as unknown as Record<string, string>
  const from = new Date(Date.parse(startsAt ?? '') - longestMs).toISOString()
  const found = await group.index.lookup(['appointment.practitioner', practitionerId ?? ''], {
    from,
    to: endsAt ?? '',
  })
  if (found.length === 0) return false
  const docs = await group.db.getMany(found.map((parts) => `appointment:${parts[1]}`))
  return docs.some((doc) => doc && Date.parse(String(doc['endsAt'])) > Date.parse(startsAt ?? ''))
}

/** Writes what is missing, and gives documents of an earlier demo the fields that they do not have yet. */
const topUp = async (group: Group, docs: readonly NewRecordDoc[]): Promise<void> => {
  const known = await group.db.getMany(docs.map(({ _id }) => _id))
  const updates = docs.flatMap((doc, i) => {
    const standing = known[i]
    if (standing && Object.keys(doc).every((field) => field in standing)) return []
    return [standing ? { ...doc, ...standing, modifiedAt: doc.modifiedAt } : doc]
  })
  if (updates.length > 0) await group.db.write(updates)
}

const writeMissing = async (group: Group, docs: readonly NewRecordDoc[]): Promise<void> => {
  for (let start = 0; start < docs.length; start += batch) {
    const some = docs.slice(start, start + batch)
    const known = await group.db.getMany(some.map(({ _id }) => _id))
    const missing = some.filter((_, i) => !known[i])
    if (missing.length > 0) await group.db.write(missing)
  }
}
