/**
 * OAuth clients. A client is an account: its id is the account's, its secret one of the account's server keys. One
 * that cannot keep a secret (an app, a web page) goes by the account's app key, and by PKCE.
 */
import type { Client } from '@node-oauth/oauth2-server'
import type { AccountFields } from '../auth/account-docs.ts'
import type { Accounts } from '../auth/accounts.ts'
import type { KeyIdentity } from '../auth/identity.ts'
import { allScopes, userScopes } from '../contract/scopes.ts'

export interface OAuthClient extends Client {
  id: string
  name: string
  redirectUris: string[]
  grants: string[]
  key: KeyIdentity
  /** Whether it has shown a secret. */
  confidential: boolean
}

/** @param secret a server key; absent for a client that has none to show */
export const findClient = async (
  accounts: Accounts,
  clientId: string,
  secret: string | undefined,
): Promise<OAuthClient | undefined> => {
  const account = await accounts.client(clientId)
  if (!account) return undefined
  const key =
    secret === undefined ? accounts.keyOfKind(account, 'app') : await accounts.findKey(clientId, secret)
  if (!key || key === 'demoOnly' || key.kind === 'agent') return undefined
  return clientOf(account, key, secret !== undefined && key.kind === 'server')
}

/** A client as it sends a user to the page of consent, where it shows no secret; one that has an app key goes by that. */
export const findAsking = async (accounts: Accounts, clientId: string): Promise<OAuthClient | undefined> => {
  const account = await accounts.client(clientId)
  const key = account && (accounts.keyOfKind(account, 'app') ?? accounts.keyOfKind(account, 'server'))
  return key && clientOf(account, key, false)
}

const clientOf = (
  { accountId: id, name, redirectUris = [] }: AccountFields,
  key: KeyIdentity,
  confidential: boolean,
): OAuthClient => {
  const byCode = redirectUris.length > 0 ? ['authorization_code', 'refresh_token'] : []
  const grants = confidential ? ['client_credentials', ...byCode] : byCode
  return { id, name, redirectUris, grants, key, confidential }
}

const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(\/.*)?$/

/** A loopback address without its port, which an app on a desktop takes as it is free (RFC 8252, section 7.3). */
const withoutPort = (uri: string): string => {
  const [, host, path = ''] = loopback.exec(uri) ?? []
  return host === undefined ? uri : `http://${host}${path}`
}

/** What is wrong with an address to send users back to, in words; undefined where nothing is. */
export const redirectFault = (uri: string): string | undefined => {
  if (!URL.canParse(uri)) return 'must be a whole address'
  if (uri.includes('#')) return 'must have no fragment (#)'
  const { protocol } = new URL(uri)
  if (protocol === 'http:')
    return loopback.test(uri) ? undefined : 'must be https, but for this machine’s own'
  // An app's own scheme is a domain turned round (RFC 8252, section 7.1), which no browser runs or shows.
  return protocol === 'https:' || protocol.includes('.')
    ? undefined
    : 'must be https, or an app’s own such as com.example.app:/back'
}

/** Whether a client has named this address; to the letter, but for the port on the loopback. */
export const mayRedirectTo = ({ redirectUris }: OAuthClient, uri: string): boolean =>
  !uri.includes('#') && redirectUris.some((known) => known === uri || withoutPort(known) === withoutPort(uri))

/**
 * The scopes that are given: those asked for, or every one; undefined where one cannot be given.
 * @param forUser a user's consent opens less than a client's own secret
 */
export const grantable = (
  asked: readonly string[] | undefined,
  { key }: OAuthClient,
  forUser: boolean,
): string[] | undefined => {
  const possible = (forUser ? userScopes : allScopes).filter(
    (scope) => key.scopes === undefined || key.scopes.includes(scope),
  )
  if (!asked || asked.length === 0) return [...possible]
  return asked.every((scope) => possible.includes(scope)) ? [...new Set(asked)] : undefined
}
