/**
 * The devices of a group's users: seen, cut off, and let in again. A contact is written down only where the one
 * before is `seenEveryMs` old, or by somebody else; a cut-off is found in the accounts' cache, and so within its
 * 45 seconds on every server over one store.
 */
import type { AccountCache } from './account-cache.ts'
import { deviceDocId, type DeviceDoc, type DeviceFields, type SessionFields } from './account-docs.ts'
import type { StaffIdentity } from './identity.ts'
import type { Sessions } from './sessions.ts'

const seenEveryMs = 10 * 60_000
/** A device that has been silent for so long is forgotten, but for one that is cut off. */
const forgetMs = 366 * 86_400_000
const maxUsers = 20
const maxTries = 50
const sweepPage = 500

export interface Contact {
  deviceId: string
  user: StaffIdentity
  /** What the app says of itself, where it does. */
  software: string | null
}

type DeviceOwner = Pick<StaffIdentity, 'userId' | 'username' | 'displayName' | 'groupId'>

export interface DevicesOptions {
  cache: AccountCache
  sessions: Sessions
  now: () => number
}

export class Devices {
  readonly #options: DevicesOptions
  /** Contacts being written down: an app begins with a pull of every collection at once. */
  readonly #greeting = new Map<string, Promise<void>>()

  constructor(options: DevicesOptions) {
    this.#options = options
  }

  /** Takes note of a device that called. */
  async contact(contact: Contact): Promise<'good' | 'cutOff'> {
    const { user, deviceId } = contact
    const _id = deviceDocId(user.groupId, deviceId)
    const device = (await this.#options.cache.get(_id)) as DeviceDoc | undefined
    if (device?.cutOff) {
      await this.#tell(_id)
      return 'cutOff'
    }
    const name = `${user.sessionId}\n${_id}`
    const greeting = this.#greeting.get(name) ?? this.#greet(_id, contact, device)
    this.#greeting.set(name, greeting)
    await greeting.finally(() => this.#greeting.delete(name))
    return 'good'
  }

  /** Takes note of a device where it is not known yet. */
  async ensure(contact: Omit<Contact, 'user'> & { user: DeviceOwner }): Promise<void> {
    const { cache, now } = this.#options
    const _id = deviceDocId(contact.user.groupId, contact.deviceId)
    const device = afterContact(undefined, contact, now())
    if (device && !(await cache.db.get(_id))) await cache.write({ _id, ...device })
  }

  /** Takes note that a cut-off device has heard of it by a call of this session. */
  async told({ devices = [] }: Pick<SessionFields, 'devices'>): Promise<void> {
    for (const id of devices) await this.#tell(id)
  }

  async find(groupId: number, deviceId: string): Promise<DeviceDoc | undefined> {
    return (await this.#options.cache.db.get(deviceDocId(groupId, deviceId))) as DeviceDoc | undefined
  }

  /** A group's devices in order of their ids, after one. */
  async list(groupId: number, page: { after: string; limit: number }): Promise<DeviceDoc[]> {
    const after = page.after === '' ? '' : `${page.after}\u0000`
    const range = { from: deviceDocId(groupId, after), to: `device:${groupId};`, limit: page.limit }
    return (await this.#options.cache.db.range(range)) as DeviceDoc[]
  }

  /** Undefined where there is no such device. */
  async cutOff(groupId: number, deviceId: string, by: StaffIdentity): Promise<DeviceDoc | undefined> {
    const { userId, username } = by
    const at = this.#options.now()
    return await this.#change(deviceDocId(groupId, deviceId), (device) =>
      device.cutOff ? undefined : { cutOff: { at, by: { userId, username }, toldAt: null } },
    )
  }

  /** Lets a device in again, by a new sign-in: what it held before has ended. Undefined where there is none. */
  async restore(groupId: number, deviceId: string): Promise<DeviceDoc | undefined> {
    const sessionsEndedAt = this.#options.now()
    return await this.#change(deviceDocId(groupId, deviceId), (device) =>
      device.cutOff ? { cutOff: null, sessionsEndedAt } : undefined,
    )
  }

  /** Forgets devices that have been silent for a year. */
  async sweep(): Promise<void> {
    const { cache, now } = this.#options
    const isOld = ({ cutOff, users }: DeviceDoc): boolean =>
      cutOff === null && (users[0]?.lastSeenAt ?? 0) + forgetMs <= now()
    for (let from = 'device:', more = true; more;) {
      const docs = (await cache.db.range({ from, to: 'device;', limit: sweepPage })) as DeviceDoc[]
      for (const { _id, _rev } of docs.filter(isOld)) await cache.write({ _id, _rev, _deleted: true })
      more = docs.length === sweepPage
      from = `${docs.at(-1)?._id ?? ''}\u0000`
    }
  }

  async #greet(_id: string, contact: Contact, device: DeviceDoc | undefined): Promise<void> {
    const { cache, sessions, now } = this.#options
    await sessions.bind(contact.user.sessionId, _id)
    for (let tries = 0, known = device; tries < maxTries; tries += 1) {
      const next = afterContact(known, contact, now())
      if (!next || (await cache.write({ ...next, _id, ...(known ? { _rev: known._rev } : {}) })).ok) return
      known = (await cache.db.get(_id)) as DeviceDoc | undefined
    }
  }

  async #tell(id: string): Promise<void> {
    const toldAt = this.#options.now()
    const device = (await this.#options.cache.get(id)) as DeviceDoc | undefined
    if (!device?.cutOff || device.cutOff.toldAt !== null) return
    await this.#change(id, ({ cutOff }) =>
      cutOff?.toldAt === null ? { cutOff: { ...cutOff, toldAt } } : undefined,
    )
  }

  async #change(
    id: string,
    change: (device: DeviceDoc) => Partial<DeviceFields> | undefined,
  ): Promise<DeviceDoc | undefined> {
    const { cache } = this.#options
    for (let tries = 0; tries < maxTries; tries += 1) {
      const device = (await cache.db.get(id)) as DeviceDoc | undefined
      const fields = device && change(device)
      if (!device || !fields) return device
      const next = { ...device, ...fields }
      if ((await cache.write(next)).ok) return next
    }
    throw new Error('A device is written too often to change it')
  }
}

/** The device after a contact; undefined where that is no news. */
export const afterContact = (
  device: DeviceFields | undefined,
  { deviceId, user, software }: Omit<Contact, 'user'> & { user: DeviceOwner },
  now: number,
): (DeviceFields & { type: 'device' }) | undefined => {
  const { userId, username, displayName, groupId } = user
  const before = device?.users.find((other) => other.userId === userId)
  const said = software ?? device?.software ?? null
  if (before && now - before.lastSeenAt < seenEveryMs && device?.software === said) return undefined
  const others = (device?.users ?? []).filter((other) => other !== before).slice(0, maxUsers - 1)
  return {
    ...(device ?? { deviceId, groupId, firstSeenAt: now, cutOff: null, sessionsEndedAt: 0 }),
    ...{ type: 'device', users: [{ userId, username, displayName, lastSeenAt: now }, ...others] },
    software: said,
  }
}
