/**
 * The key behind a page that this server serves for a group: nobody signs in with it, the page is given a token. It is
 * an app key, sees that group alone, and does for the registrations alone, so that who takes the token out of the page
 * has gained nothing.
 */
import type { KeyIdentity } from './identity.ts'

/** No account has this name: ids of accounts are UUIDs. */
const pageAccountId = 'page'

/** How long a page's token is good; a page left open fetches another (s). */
export const pageTokenSeconds = 3600

export const pageKey = (groupId: number): KeyIdentity => ({
  accountId: pageAccountId,
  keyId: `registrations ${groupId}`,
  kind: 'app',
  groupIds: [groupId],
  service: 'registrations',
})

/** The group of a page's token; undefined for a token of another key. */
export const groupOfPage = (claims: { sub: string; key: string }): number | undefined => {
  const [, digits] = claims.sub === pageAccountId ? (/^registrations (\d+)$/.exec(claims.key) ?? []) : []
  return digits === undefined ? undefined : Number(digits)
}
