/** GET /v2/groups/health, GET /v2/groups/{groupId}/health */
import type { z } from 'zod'
import { StoreUnavailable } from '../../../sync/store/port.ts'
import type { GroupFields, DeviceDoc } from '../../auth/account-docs.ts'
import type { KeyIdentity } from '../../auth/identity.ts'
import type { BridgeHealth } from '../../bridge/bridge.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import type { groupHealthBody } from '../../contract/group-health.ts'
import type { Handler } from '../../http/handler.ts'
import { readingOf, type GroupReading } from '../../sight/group-reading.ts'
import { hasRoom } from '../../sight/sight.ts'

export type GroupHealth = z.output<typeof groupHealthBody>

export const groupHealth: Handler<Api['groupHealth']> = async (input, app) => {
  const { groupId } = input.params
  const group = input.caller.key.groupIds.includes(groupId) ? await app.accounts.group(groupId) : undefined
  if (!group) return input.fail('UNKNOWN_GROUP')
  return { status: 200, body: await healthOf(app, group) }
}

export const groupsHealth: Handler<Api['groupsHealth']> = async (input, app) => {
  const all = await healthOfAll(app, input.caller.key)
  return {
    status: 200,
    body: { groups: all.map(({ groupId, name, status, reasons }) => ({ groupId, name, status, reasons })) },
  }
}

/** Of the groups that a key may see, by their number. */
export const healthOfAll = async (app: AppContext, key: KeyIdentity): Promise<GroupHealth[]> => {
  const groups = await Promise.all(key.groupIds.map((groupId) => app.accounts.group(groupId)))
  const known = groups.filter((group) => group !== undefined).sort((a, b) => a.groupId - b.groupId)
  return await Promise.all(known.map((group) => healthOf(app, group)))
}

/** What a group that cannot be opened is said to have. */
const unread = { syncLag: 0, conflictsOpen: 0, rejectedLately: 0 }

const healthOf = async (
  app: AppContext,
  { groupId, name }: Pick<GroupFields, 'groupId' | 'name'>,
): Promise<GroupHealth> => {
  const { sight, now } = app
  const up = await sight.storeUp()
  const [disk, reading, devices, pms] = await Promise.all([
    sight.disk(),
    whereUp(() => read(app, groupId, up), unread),
    up ? whereUp(() => devicesOf(app, groupId), []) : [],
    up ? whereUp(() => app.bridge.health(groupId), noPms) : noPms,
  ])
  const errorRate = sight.errorRates.of(groupId, now())
  const { syncLag: syncLagMs, conflictsOpen, rejectedLately } = reading
  const signs = { up, syncLagMs, conflictsOpen, rate: errorRate.rate, room: hasRoom(disk), pms }
  const reasons = reasonsOf(signs)
  return {
    ...{ groupId, name, status: !up ? 'down' : reasons.length > 0 ? 'attention' : 'ok', reasons },
    ...{ asOf: new Date(now()).toISOString(), store: { kind: app.store.kind, up } },
    ...{ syncLagMs, conflictsOpen, rejectedLately, devices: seen(devices, now()) },
    ...{ pmsAgent: agentOf(pms), errorRate, disk },
  }
}

const noPms: BridgeHealth = {
  ...{ configured: false, up: null, lastSeenAt: null, software: null, waiting: 0, waitingSince: null },
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

const agentOf = ({ lastSeenAt, waitingSince, ...pms }: BridgeHealth): GroupHealth['pmsAgent'] => ({
  ...pms,
  lastSeenAt: timeOf(lastSeenAt),
  waitingSince: timeOf(waitingSince),
})

/** The lag as it is found, the rest as of now; while the store is away, as of its last change. */
const read = async (
  app: AppContext,
  groupId: number,
  up: boolean,
): Promise<Omit<GroupReading, 'groupId'>> => {
  const group = await app.groups.get(groupId)
  const found = await readingOf(group, app.now())
  if (!up) return found
  await group.index.catchUp()
  return { ...(await readingOf(group, app.now())), syncLag: found.syncLag }
}

const whereUp = async <T>(read: () => Promise<T>, otherwise: T): Promise<T> => {
  try {
    return await read()
  } catch (error) {
    if (error instanceof StoreUnavailable) return otherwise
    throw error
  }
}

const mostLagMs = 10_000
const mostErrors = 0.01

interface Signs {
  up: boolean
  syncLagMs: number
  conflictsOpen: number
  rate: number
  room: boolean
  pms: BridgeHealth
}

const reasonsOf = ({ up, syncLagMs, conflictsOpen, rate, room, pms }: Signs): string[] => [
  ...(up ? [] : ['The store does not answer.']),
  ...(syncLagMs > mostLagMs ? [`What devices are sent is ${Math.round(syncLagMs / 1000)} s behind.`] : []),
  ...(conflictsOpen > 0 ? [`${conflictsOpen} conflicts wait for people.`] : []),
  ...(rate > mostErrors ? [`${(rate * 100).toFixed(1)} % of the requests failed.`] : []),
  ...(room ? [] : ['The disk is nearly full.']),
  ...(pms.up === false ? [`The agent of the PMS is away; ${pms.waiting} writes wait for it.`] : []),
]

const pageSize = 500
const shown = 20
const dayMs = 86_400_000

const devicesOf = async ({ accounts }: AppContext, groupId: number): Promise<DeviceDoc[]> => {
  const all: DeviceDoc[] = []
  for (let after = '', more = true; more;) {
    const page = await accounts.devices.list(groupId, { after, limit: pageSize })
    all.push(...page)
    more = page.length === pageSize
    after = page.at(-1)?.deviceId ?? ''
  }
  return all
}

const lastSeen = ({ users }: DeviceDoc): number => users[0]?.lastSeenAt ?? 0

const seen = (devices: readonly DeviceDoc[], now: number): GroupHealth['devices'] => ({
  known: devices.length,
  seenLastDay: devices.filter((device) => now - lastSeen(device) < dayMs).length,
  lastSeen: [...devices]
    .sort((a, b) => lastSeen(b) - lastSeen(a))
    .slice(0, shown)
    .map((device) => ({
      deviceId: device.deviceId,
      lastSeenAt: new Date(lastSeen(device)).toISOString(),
      software: device.software,
      cutOff: device.cutOff !== null,
    })),
})
