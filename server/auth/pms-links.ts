/**
 * Links of an account to users of practices' PMS, made by somebody who knew the PMS user's password. The PMS users of
 * a practice are its own staff here, or those of a PMS behind the bridge. A link opens no records: it lets its account change that password. It
 * ends with the password it was made with, so that whoever changes it is rid of everybody linked before.
 */
import type { AccountCache } from './account-cache.ts'
import {
  normalUsername,
  outsideUserDocId,
  pmsLinksDocId,
  userDocId,
  type PmsLink,
  type UserDoc,
} from './account-docs.ts'
import type { StoredDoc } from '../../sync/store/port.ts'
import type { UserIdentity } from './identity.ts'
import type { SignIn } from './sign-in.ts'

const maxTries = 50
type LinksDoc = StoredDoc & { links: PmsLink[] }
type OutsideDoc = StoredDoc & { epoch: number }

export interface PmsLinksOptions {
  cache: AccountCache
  signIn: SignIn
  demo: boolean
}

/** Whether a user works for a group: customers are no PMS users. */
export const isPmsUser = (user: UserDoc, groupId: number): boolean =>
  user.groupId === groupId && user.roles.some((role) => role !== 'customer')

export class PmsLinks {
  readonly #options: PmsLinksOptions

  constructor(options: PmsLinksOptions) {
    this.#options = options
  }

  /** Links an account to a PMS user whose password it knew; one that stands is given back, one to another user of the group ends. */
  async connect(userId: string, link: PmsLink): Promise<PmsLink> {
    return await this.#change(userId, (links) => {
      const standing = links.find((other) => other.groupId === link.groupId)
      if (standing?.pmsUserId === link.pmsUserId && standing.epoch === link.epoch) return { result: standing }
      return { links: [...links.filter((other) => other !== standing), link], result: link }
    })
  }

  /** The links of an account that stand, each with its PMS user. */
  async list(userId: string): Promise<{ link: PmsLink; pmsUser: { displayName: string } }[]> {
    const found = (await this.#links(userId)).map(async (link) => {
      if (link.outside) return (await this.#holdsOutside(link)) ? [{ link, pmsUser: link.outside }] : []
      const pmsUser = await this.#pmsUser(link.groupId, link.pmsUsername)
      return pmsUser && holds(link, pmsUser) ? [{ link, pmsUser }] : []
    })
    return (await Promise.all(found)).flat()
  }

  /** The epoch of a user of a PMS behind the bridge. */
  async outsideEpoch(groupId: number, pmsUsername: string): Promise<number> {
    const doc = await this.#options.cache.db.get(outsideUserDocId(groupId, normalUsername(pmsUsername)))
    return (doc as OutsideDoc | undefined)?.epoch ?? 0
  }

  /** An account's link to this user of a PMS behind the bridge, where it stands. */
  async outsideLink(userId: string, groupId: number, pmsUsername: string): Promise<PmsLink | undefined> {
    const name = normalUsername(pmsUsername)
    const links = (await this.#links(userId)).filter((link) => link.outside && link.groupId === groupId)
    const link = links.find((one) => normalUsername(one.pmsUsername) === name)
    return link && (await this.#holdsOutside(link)) ? link : undefined
  }

  /** A user of a PMS behind the bridge has another password: every link to it ends but the one that changed it. */
  async outsideChanged(userId: string, link: PmsLink): Promise<void> {
    const { cache } = this.#options
    const _id = outsideUserDocId(link.groupId, normalUsername(link.pmsUsername))
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = (await cache.db.get(_id)) as OutsideDoc | undefined
      const epoch = (doc?.epoch ?? 0) + 1
      if (!(await cache.write({ ...(doc ?? { _id, type: 'pmsUser' }), epoch })).ok) continue
      await this.connect(userId, { ...link, epoch })
      return
    }
    throw new Error('A user of a PMS is written too often')
  }

  async #holdsOutside({ groupId, pmsUsername, epoch }: PmsLink): Promise<boolean> {
    return (await this.outsideEpoch(groupId, pmsUsername)) === epoch
  }

  /** Ends the link to a group's PMS user, where there is one. */
  async disconnect(userId: string, groupId: number): Promise<void> {
    await this.#change(userId, (links) => {
      const rest = links.filter((link) => link.groupId !== groupId)
      return rest.length === links.length ? { result: null } : { links: rest, result: null }
    })
  }

  /**
   * Gives a PMS user a new password: as that user, or as an account linked to it. Every session of the PMS user ends
   * but the caller's own. The password that it has already is no change.
   */
  async updatePassword(
    caller: UserIdentity,
    { groupId, pmsUsername, password }: { groupId: number; pmsUsername: string; password: string },
  ): Promise<{ changedAt: number } | { faults: string[] } | 'unknown'> {
    const pmsUser = await this.#pmsUser(groupId, pmsUsername)
    if (!pmsUser) return 'unknown'
    const own = pmsUser.userId === caller.userId
    const link = own ? undefined : (await this.#links(caller.userId)).find((one) => holds(one, pmsUser))
    if (!own && !link) return 'unknown'
    const { signIn } = this.#options
    if (await signIn.isPassword(pmsUser, password)) return { changedAt: pmsUser.passwordChangedAt }
    const change = { password, keptSession: own ? caller.sessionId : null }
    const outcome = await signIn.resetPassword(pmsUser, change, () => Promise.resolve(true))
    if (outcome === 'refused') return 'unknown'
    if (outcome !== 'changed') return outcome
    const after = await this.#pmsUser(groupId, pmsUsername)
    if (link && after?.tokenEpoch === pmsUser.tokenEpoch + 1)
      await this.connect(caller.userId, { ...link, epoch: after.tokenEpoch })
    return { changedAt: after?.passwordChangedAt ?? pmsUser.passwordChangedAt }
  }

  async #pmsUser(groupId: number, pmsUsername: string): Promise<UserDoc | undefined> {
    const { cache, demo } = this.#options
    const user = (await cache.db.get(userDocId(normalUsername(pmsUsername)))) as UserDoc | undefined
    if (!user || user.disabled || (user.demo && !demo)) return undefined
    return isPmsUser(user, groupId) ? user : undefined
  }

  async #links(userId: string): Promise<PmsLink[]> {
    const doc = (await this.#options.cache.db.get(pmsLinksDocId(userId))) as LinksDoc | undefined
    return doc?.links ?? []
  }

  async #change<T>(
    userId: string,
    change: (links: readonly PmsLink[]) => { links?: PmsLink[]; result: T },
  ): Promise<T> {
    const { cache } = this.#options
    const _id = pmsLinksDocId(userId)
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = (await cache.db.get(_id)) as LinksDoc | undefined
      const { links, result } = change(doc?.links ?? [])
      const next = { ...(doc ?? { _id, type: 'pmsLinks', userId }), links: links ?? [] }
      if (!links || (await cache.write(next)).ok) return result
    }
    throw new Error('The links of an account are written too often')
  }
}

const holds = (link: PmsLink, pmsUser: UserDoc): boolean =>
  !link.outside &&
  link.pmsUserId === pmsUser.userId &&
  link.groupId === pmsUser.groupId &&
  link.epoch === pmsUser.tokenEpoch
