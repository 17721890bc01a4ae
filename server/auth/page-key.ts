/**
 * The keys behind pages that this server serves for a group: nobody signs in with them, the page is given a token. Each
 * is an app key, sees that group alone, and does for what its page does alone, so that who takes the token out of the
 * page has gained nothing.
 */
import type { KeyIdentity } from './identity.ts'

/** No account has this name: ids of accounts are UUIDs. */
const pageAccountId = 'page'

/** How long a page's token is good; a page left open fetches another (s). */
export const pageTokenSeconds = 3600

const bounds = {
  registrations: { service: 'registrations' },
  password: { service: 'authentication', calls: ['forgottenPassword', 'resetPassword'] },
} as const satisfies Record<string, Pick<KeyIdentity, 'service' | 'calls'>>

export type PageName = keyof typeof bounds

export const pageKey = (groupId: number, page: PageName): KeyIdentity => ({
  accountId: pageAccountId,
  keyId: `${page} ${groupId}`,
  kind: 'app',
  groupIds: [groupId],
  ...bounds[page],
})

/** The key of a page's token; undefined for a token of another key. */
export const keyOfPage = (claims: { sub: string; key: string }): KeyIdentity | undefined => {
  if (claims.sub !== pageAccountId) return undefined
  const [, page, digits] = /^(registrations|password) (\d+)$/.exec(claims.key) ?? []
  return page === undefined ? undefined : pageKey(Number(digits), page as PageName)
}
