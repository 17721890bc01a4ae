/** `accounts …`, `keys …`: who may call the API. */
import { z } from 'zod'
import { CliError, command } from './command.ts'
import { hoursOption, instantOption, numbersOption, scopesOption, redirectsOption } from './option-kinds.ts'

const account = z.string().describe('Account id')
const key = z.string().describe('Key id, from `keys list`')
const hourMs = 3_600_000

const instant = (ms: number | null | undefined, none: string): string =>
  ms === null || ms === undefined ? none : new Date(ms).toISOString()

export const keyCommands = [
  command({
    name: 'accounts create',
    summary: 'Make an account, whose keys call the API',
    options: z.strictObject({
      name: z.string().min(1).max(100).describe('Whose it is; users see it when they are asked to consent'),
      redirects: redirectsOption
        .default([])
        .describe('Where OAuth 2.0 may send users back to, separated by commas'),
    }),
    run: async ({ name, redirects }, { accounts }) => [
      `account ${await accounts.admin.createAccount(name, redirects)}`,
    ],
  }),
  command({
    name: 'accounts list',
    summary: 'The accounts there are',
    options: z.strictObject({}),
    run: async (_, { accounts }) =>
      (await accounts.admin.accounts()).map(
        ({ accountId, name, keys }) => `${accountId}  ${name}  ${keys.length} keys`,
      ),
  }),
  command({
    name: 'keys create',
    summary: 'Make a key; it is printed this once',
    options: z.strictObject({
      account,
      kind: z
        .enum(['app', 'server', 'agent'])
        .describe(
          'app: public, inside apps and pages; server: secret; agent: of one practice’s bridge agent',
        ),
      groups: numbersOption.describe('Groups that it may see, separated by commas'),
      scopes: scopesOption.optional().describe('Scopes that it is limited to, separated by commas'),
      expires: instantOption.optional().describe('Its last day, or an instant'),
      name: z.string().max(100).optional().describe('What it is for'),
    }),
    run: async ({ account: id, kind, groups, scopes, expires, name }, { accounts, now }) => {
      if (expires !== undefined && expires <= now()) throw new CliError('--expires: that is over')
      if (kind === 'agent' && groups.length !== 1) throw new CliError('--groups: an agent is of one group')
      const optional = { ...(scopes ? { scopes } : {}), ...(name === undefined ? {} : { name }) }
      const fields = { kind, groupIds: groups, expiresAt: expires ?? null, ...optional }
      const { keyId, apiKey } = await accounts.admin.createKey(id, fields)
      return [`key ${keyId}`, `apiKey ${apiKey}`]
    },
  }),
  command({
    name: 'keys list',
    summary: 'The keys of an account, with their last use (to the hour)',
    options: z.strictObject({ account }),
    run: async ({ account: id }, { accounts }) => {
      const found = (await accounts.admin.accounts()).find(({ accountId }) => accountId === id)
      return await Promise.all(
        (found?.keys ?? []).map(async ({ keyId, kind, groupIds, scopes, expiresAt, name }) => {
          const used = await accounts.admin.lastUsedAt(id, keyId)
          const limits = `groups ${groupIds.join(',')}  ${scopes ? `scopes ${scopes.join(',')}` : 'every scope'}`
          const times = `until ${instant(expiresAt, 'revoked')}  used ${instant(used, 'never')}`
          return [keyId, kind, limits, times, name ?? ''].join('  ').trimEnd()
        }),
      )
    },
  }),
  command({
    name: 'keys rotate',
    summary: 'Make a key like another, which stays good for a while',
    options: z.strictObject({
      account,
      key,
      overlap: hoursOption.default(24).describe('Hours for which the old one stays good; 24'),
    }),
    run: async ({ account: id, key: old, overlap }, { accounts }) => {
      const made = await accounts.admin.rotateKey(id, old, overlap * hourMs)
      return [
        `key ${made.keyId}`,
        `apiKey ${made.apiKey}`,
        `${old} is good until ${instant(made.oldUntil, '')}`,
      ]
    },
  }),
  command({
    name: 'keys revoke',
    summary: 'End a key, and every token that it was exchanged for, within a minute',
    options: z.strictObject({ account, key }),
    run: async ({ account: id, key: keyId }, { accounts }) => {
      await accounts.admin.revokeKey(id, keyId)
      return [`${keyId} is revoked`]
    },
  }),
]
