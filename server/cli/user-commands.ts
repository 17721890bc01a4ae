/** `groups …`, `users …`: practices and the people of theirs. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { command, type CliContext } from './command.ts'
import { numberOption, numbersOption, rolesOption } from './option-kinds.ts'

const username = z.string().min(1).max(200).describe('User name')
const password = z
  .string()
  .optional()
  .describe(
    'At least 12 characters; `-` reads it from standard input; one is made up and printed where it is left out',
  )

/** Of every class that the rules ask for. */
const madeUp = (): string => `${randomBytes(15).toString('base64url')}-aA1`

const told = (given: string | undefined, used: string): string[] =>
  given === undefined ? [`password ${used}`] : []

const change = async (
  name: string,
  { accounts }: CliContext,
  fields: Parameters<CliContext['accounts']['admin']['changeUser']>[1],
): Promise<string[]> => {
  await accounts.admin.changeUser(name, fields)
  return [`${name} is changed`]
}

export const userCommands = [
  command({
    name: 'groups create',
    summary: 'Make a veterinary group',
    options: z.strictObject({
      group: numberOption.describe('Its number'),
      name: z.string().min(1).max(100).describe('Its name'),
    }),
    run: async ({ group, name }, { accounts }) => {
      await accounts.admin.createGroup(group, name)
      return [`group ${group}`]
    },
  }),
  command({
    name: 'groups list',
    summary: 'The groups there are',
    options: z.strictObject({}),
    run: async (_, { accounts }) =>
      (await accounts.admin.groups()).map(({ groupId, name }) => `${groupId}  ${name}`),
  }),
  command({
    name: 'users create',
    summary: 'Make a user',
    options: z.strictObject({
      username,
      name: z.string().min(1).max(100).describe('Name as others see it'),
      roles: rolesOption.describe('vet, nurse, reception, groupAdmin; separated by commas'),
      group: numberOption.describe('Group'),
      sites: numbersOption.describe('Sites, separated by commas'),
      practitioner: z.uuid().optional().describe('The practitioner that they are in the diary'),
      password,
    }),
    run: async (options, { accounts }) => {
      const {
        username: name,
        name: displayName,
        roles,
        group: groupId,
        sites: siteIds,
        practitioner,
      } = options
      const used = options.password ?? madeUp()
      const practitionerId = practitioner ?? null
      const user = { username: name, displayName, roles, groupId, siteIds, practitionerId }
      return [`user ${await accounts.admin.createUser(user, used)}`, ...told(options.password, used)]
    },
  }),
  command({
    name: 'users list',
    summary: 'The users of a group',
    options: z.strictObject({ group: numberOption.describe('Group') }),
    run: async ({ group }, { accounts }) =>
      (await accounts.admin.users(group)).map(
        ({ username: name, displayName, roles, siteIds, disabled }) =>
          `${name}  ${displayName}  ${roles.join(',')}  sites ${siteIds.join(',')}${disabled ? '  disabled' : ''}`,
      ),
  }),
  command({
    name: 'users disable',
    summary: 'Shut a user out, within a minute on every server',
    options: z.strictObject({ username }),
    run: ({ username: name }, context) =>
      change(name, context, ({ tokenEpoch }) => ({
        disabled: true,
        tokenEpoch: tokenEpoch + 1,
        keptSession: null,
      })),
  }),
  command({
    name: 'users enable',
    summary: 'Let a user in again, by a new sign-in',
    options: z.strictObject({ username }),
    run: ({ username: name }, context) => change(name, context, () => ({ disabled: false })),
  }),
  command({
    name: 'users set-sites',
    summary: 'Change the sites of a user; what is not named is lost to them at once',
    options: z.strictObject({ username, sites: numbersOption.describe('Sites, separated by commas') }),
    run: ({ username: name, sites }, context) => change(name, context, () => ({ siteIds: sites })),
  }),
  command({
    name: 'users set-roles',
    summary: 'Change the roles of a user',
    options: z.strictObject({ username, roles: rolesOption.describe('Roles, separated by commas') }),
    run: ({ username: name, roles }, context) => change(name, context, () => ({ roles })),
  }),
  command({
    name: 'users set-password',
    summary: 'Give a user another password; every session of theirs ends',
    options: z.strictObject({ username, password }),
    run: async ({ username: name, password: given }, { accounts }) => {
      const used = given ?? madeUp()
      await accounts.admin.setPassword(name, used)
      return [`${name} has another password`, ...told(given, used)]
    },
  }),
]
