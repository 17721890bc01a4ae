/** The documents of the `accounts` database. */
import type { Role } from '../contract/call.ts'
import type { StoredDoc } from '../../sync/store/port.ts'
import type { KeyKind } from './identity.ts'
import type { PasswordHash } from './password-hash.ts'

export const accountsDatabase = 'accounts'

/** An API key, of which only the hash is kept. */
export interface ApiKey {
  keyId: string
  kind: KeyKind
  /** SHA-256 of the key, base64url. Keys are random, so a fast hash is enough. */
  hash: string
  groupIds: number[]
  /** ms since the epoch, or null for a key without end */
  expiresAt: number | null
  /** OAuth scopes that it is good for; every one where absent. */
  scopes?: string[]
  /** What it is for, in its owner's words. */
  name?: string
  /** ms since the epoch */
  createdAt?: number
}

export interface AccountFields {
  accountId: string
  name: string
  /** Works only in the demo. */
  demo: boolean
  keys: ApiKey[]
  /** Where OAuth 2.0 may send its users back to (RFC 6749, section 3.1.2). */
  redirectUris?: string[]
}

/** The API key that a session goes by, and the scopes of the token that stood for it; every one of the key's where absent. */
export interface SessionKey {
  accountId: string
  keyId: string
  scopes?: readonly string[]
}

/** What an OAuth 2.0 session is good for. */
export interface OAuthGrant {
  /** The client, an account's id. */
  clientId: string
  keyId: string
  scopes: string[]
}

/** An authorization code, by its hash; kept after its use until it expires, so that a second use is noticed. */
export interface OAuthCodeFields extends OAuthGrant {
  userId: string
  username: string
  redirectUri: string
  codeChallenge: string
  /** ms since the epoch */
  expiresAt: number
  /** The session that it was exchanged for. */
  usedFor: string | null
}

export interface GroupFields {
  groupId: number
  name: string
  demo: boolean
  /** Days after which a password counts as expired; null: never. */
  passwordExpiryDays: number | null
  /** Administrators have no rights as such before they have a second factor. */
  secondFactorRequired?: boolean
}

export interface UserFields {
  userId: string
  /** Lower case; the document's id is made of it, so that it is unique. */
  username: string
  displayName: string
  roles: Role[]
  /** Null for a customer with a global account. */
  groupId: number | null
  siteIds: number[]
  practitionerId: string | null
  /** Where mail goes; of customers it stands in their global account. */
  email?: string
  demo: boolean
  disabled: boolean
  password: PasswordHash
  /** The ones before, newest first. */
  previousPasswords: PasswordHash[]
  passwordChangedAt: number
  /** Sessions of an earlier epoch have ended, but for `keptSession`. */
  tokenEpoch: number
  keptSession: string | null
}

/** A sign-in on one device. Refresh tokens are kept as hashes only. */
export interface SessionFields {
  sessionId: string
  userId: string
  username: string
  epoch: number
  /** The refresh token last used; good until one of `next` is. */
  base: string
  /** Tokens given out for `base` and not used yet; several, where answers were lost. */
  next: string[]
  /** What its refresh tokens are marked with; absent until one is given that bears a mark. */
  family?: string
  /** Tokens that may not come again, newest last, where the session began with ones that bore no mark. */
  spent?: string[]
  createdAt: number
  lastUsedAt: number
  expiresAt: number
  /** Documents of the devices that it was used on (devices.ts); absent until one has told its id. */
  devices?: string[]
  /** Of an application that acts for the user, within these bounds; absent for the user's own. */
  oauth?: OAuthGrant
  /** Of the user's own: with what it was begun, or renewed last; absent of one from before this was kept. */
  apiKey?: SessionKey
}

/** A user on a device, and when last (ms since the epoch). */
export interface DeviceUser {
  userId: string
  username: string
  displayName: string
  lastSeenAt: number
}

/** A device of a group's users. Times are ms since the epoch. */
export interface DeviceFields {
  deviceId: string
  groupId: number
  firstSeenAt: number
  /** Newest first. */
  users: DeviceUser[]
  /** What the app says of itself. */
  software: string | null
  /** `toldAt`: when it heard of it first, and so wiped itself. */
  cutOff: { at: number; by: { userId: string; username: string }; toldAt: number | null } | null
  /** Sessions on it that began up to here have ended: those that it held when it was let in again. */
  sessionsEndedAt: number
}

/** What a global account has to do with one group. */
export interface GlobalLink {
  linkId: string
  groupId: number
  siteIds: number[]
  /** The customer's record with the group, where somebody who may know has said which. */
  clientId: string | null
  connectedAt: string
}

/** A customer of any number of groups; signs in as the user of that name, who has the same id. */
export interface GlobalAccountFields {
  globalAccountId: string
  username: string
  email: string
  title: string | null
  firstName: string
  lastName: string
  mobile: string
  termsAcceptedAt: string
  links: GlobalLink[]
}

/** An account's link to a user of a practice's PMS (pms-links.ts). */
export interface PmsLink {
  linkId: string
  groupId: number
  pmsUserId: string
  pmsUsername: string
  /** The PMS user's epoch then: another password is another epoch. */
  epoch: number
  connectedAt: string
  /** For a user of a PMS behind the bridge, of whom no more is known here. */
  outside?: { displayName: string }
}

/** Reset tokens of one name that are still good, as hashes. */
export interface ResetFields {
  username: string
  tokens: { hash: string; expiresAt: number; epoch: number }[]
}

export type AccountDoc = StoredDoc & AccountFields
export type GroupDoc = StoredDoc & GroupFields
export type UserDoc = StoredDoc & UserFields
export type SessionDoc = StoredDoc & SessionFields
export type DeviceDoc = StoredDoc & DeviceFields
export type GlobalAccountDoc = StoredDoc & GlobalAccountFields
export type OAuthCodeDoc = StoredDoc & OAuthCodeFields
export type ResetDoc = StoredDoc & ResetFields

export const accountDocId = (accountId: string): string => `account:${accountId}`
export const groupDocId = (groupId: number): string => `group:${groupId}`
export const userDocId = (username: string): string => `user:${username}`
export const globalAccountDocId = (globalAccountId: string): string => `globalAccount:${globalAccountId}`
export const pmsLinksDocId = (userId: string): string => `pmsLinks:${userId}`
/** The epoch of a user of a PMS behind the bridge. */
export const outsideUserDocId = (groupId: number, name: string): string => `pmsUser:${groupId}:${name}`
export const resetDocId = (name: string): string => `reset:${name}`
export const oauthCodeDocId = (hash: string): string => `oauthCode:${hash}`
/** A mark that an access token has been revoked. */
export const revokedDocId = (jti: string): string => `revoked:${jti}`
export const sessionDocId = (sessionId: string): string => `session:${sessionId}`
/** Ids of a group's devices sort between this with '' and `device:<groupId>;`. */
export const deviceDocId = (groupId: number, deviceId: string): string => `device:${groupId}:${deviceId}`

export type NewUserFields = Pick<
  UserFields,
  | 'userId'
  | 'username'
  | 'displayName'
  | 'roles'
  | 'groupId'
  | 'siteIds'
  | 'practitionerId'
  | 'demo'
  | 'email'
>

/** A user as they begin. */
export const freshUser = (user: NewUserFields, password: PasswordHash, now: number): UserFields => ({
  ...user,
  disabled: false,
  password,
  previousPasswords: [],
  passwordChangedAt: now,
  tokenEpoch: 0,
  keptSession: null,
})

/** A user name as it is compared and kept. */
export const normalUsername = (text: string): string => text.trim().normalize('NFKC').toLowerCase()
