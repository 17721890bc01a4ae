/** Global accounts: customers of any number of groups, each with a link to those they go to. */
import type { AccountCache } from './account-cache.ts'
import {
  freshUser,
  globalAccountDocId,
  userDocId,
  type GlobalAccountDoc,
  type GlobalAccountFields,
  type GlobalLink,
  type UserDoc,
} from './account-docs.ts'
import type { SignIn } from './sign-in.ts'

const maxTries = 50
const page = 500

type Draft = Omit<GlobalAccountFields, 'links' | 'termsAcceptedAt'>

/** What becomes of the links: the new ones, or nothing where they stay as they are; and what to tell. */
export interface LinksChange<T> {
  links?: GlobalLink[]
  result: T
}

export interface GlobalAccountsOptions {
  cache: AccountCache
  signIn: SignIn
  now: () => number
}

export class GlobalAccounts {
  readonly #options: GlobalAccountsOptions

  constructor(options: GlobalAccountsOptions) {
    this.#options = options
  }

  /** Makes an account and its user; the user, whose name is unique, is the commit. The same again changes nothing. */
  async create(draft: Draft, password: string): Promise<'made' | 'taken' | 'busy'> {
    const { cache, signIn, now } = this.#options
    const { globalAccountId, username, firstName, lastName } = draft
    const standing = await this.#userOf(draft)
    if (standing) return standing
    const hash = await signIn.hash(password)
    if (!hash) return 'busy'
    await this.ensure({ ...draft, termsAcceptedAt: new Date(now()).toISOString(), links: [] })
    const user = freshUser(
      {
        userId: globalAccountId,
        username,
        displayName: `${firstName} ${lastName}`,
        roles: ['customer'],
        groupId: null,
        siteIds: [],
        practitionerId: null,
        demo: false,
      },
      hash,
      now(),
    )
    const written = await cache.write({ _id: userDocId(username), type: 'user', ...user })
    if (written.ok) return 'made'
    const other = (await this.#userOf(draft)) ?? 'taken'
    if (other === 'taken') await this.#drop(globalAccountId)
    return other
  }

  /** Writes an account where it is missing. */
  async ensure(account: GlobalAccountFields): Promise<void> {
    const _id = globalAccountDocId(account.globalAccountId)
    const { cache } = this.#options
    if (!(await cache.db.get(_id))) await cache.write({ _id, type: 'globalAccount', ...account })
  }

  /** Undefined where there is none whose user can sign in. */
  async find(globalAccountId: string): Promise<GlobalAccountDoc | undefined> {
    const { db } = this.#options.cache
    const account = (await db.get(globalAccountDocId(globalAccountId))) as GlobalAccountDoc | undefined
    return account && (await this.#userOf(account)) === 'made' ? account : undefined
  }

  /** Changes an account's links by what they are now; undefined where there is no such account. */
  async changeLinks<T>(
    globalAccountId: string,
    change: (links: readonly GlobalLink[]) => LinksChange<T>,
  ): Promise<T | undefined> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const account = await this.find(globalAccountId)
      if (!account) return undefined
      const { links, result } = change(account.links)
      if (!links || (await this.#options.cache.write({ ...account, links })).ok) return result
    }
    throw new Error('The links of an account are written too often')
  }

  /** The accounts that are connected to a client of a group, each with its link. */
  async linkedTo(
    groupId: number,
    clientId: string,
  ): Promise<{ globalAccountId: string; link: GlobalLink }[]> {
    const { db } = this.#options.cache
    const found: { globalAccountId: string; link: GlobalLink }[] = []
    for (let from = globalAccountDocId(''), more = true; more;) {
      const to = globalAccountDocId('\uffff')
      const docs = (await db.range({ from, to, limit: page })) as GlobalAccountDoc[]
      for (const { globalAccountId, links } of docs)
        for (const link of links)
          if (link.groupId === groupId && link.clientId === clientId) found.push({ globalAccountId, link })
      more = docs.length === page
      from = `${docs.at(-1)?._id ?? ''}\u0000`
    }
    return found
  }

  /** Ends every connection to a client of a group. Answers how many there were. */
  async forgetClient(groupId: number, clientId: string): Promise<number> {
    const found = await this.linkedTo(groupId, clientId)
    for (const { globalAccountId, link } of found)
      await this.changeLinks(globalAccountId, (links) => ({
        links: links.filter(({ linkId }) => linkId !== link.linkId),
        result: undefined,
      }))
    return found.length
  }

  /** Whose the user name is: `made`, this account's; `taken`, somebody else's. */
  async #userOf(account: Draft): Promise<'made' | 'taken' | undefined> {
    const { db } = this.#options.cache
    const user = (await db.get(userDocId(account.username))) as UserDoc | undefined
    if (!user) return undefined
    return user.userId === account.globalAccountId && !user.disabled ? 'made' : 'taken'
  }

  async #drop(globalAccountId: string): Promise<void> {
    const { cache } = this.#options
    const doc = await cache.db.get(globalAccountDocId(globalAccountId))
    if (doc) await cache.write({ _id: doc._id, _rev: doc._rev, _deleted: true })
  }
}
