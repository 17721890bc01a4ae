/** `groups …`, `users …`: practices and the people of theirs. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { CliError, command, type CliContext } from './command.ts'
import { numberOption, numbersOption, rolesOption } from './option-kinds.ts'
import { checkPractitioner, checkSites } from './practice.ts'

const email = z.email().describe('E-mail address, for forgotten passwords and notices')
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
    name: 'groups set',
    summary: 'Change what a group asks of its users',
    options: z.strictObject({
      group: numberOption.describe('Group'),
      'second-factor': z
        .enum(['required', 'optional'])
        .optional()
        .describe('required: administrators have their rights by a second factor alone; optional'),
      'password-days': z
        .union([z.literal('never'), numberOption])
        .optional()
        .describe('Days after which passwords count as expired, or never'),
    }),
    run: async ({ group, 'second-factor': factor, 'password-days': days }, { accounts }) => {
      if (factor === undefined && days === undefined) throw new CliError('Nothing to change is named')
      await accounts.admin.changeGroup(group, {
        ...(factor === undefined ? {} : { secondFactorRequired: factor === 'required' }),
        ...(days === undefined ? {} : { passwordExpiryDays: days === 'never' ? null : days }),
      })
      return [`group ${group} is changed`]
    },
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
      email: email.optional(),
      password,
    }),
    run: async (options, context) => {
      const {
        username: name,
        name: displayName,
        roles,
        group: groupId,
        sites: siteIds,
        practitioner,
      } = options
      await checkSites(context, groupId, siteIds)
      if (practitioner !== undefined) await checkPractitioner(context, groupId, practitioner)
      const used = options.password ?? madeUp()
      const practitionerId = practitioner ?? null
      const mail = options.email === undefined ? {} : { email: options.email }
      const user = { username: name, displayName, roles, groupId, siteIds, practitionerId, ...mail }
      const userId = await context.accounts.admin.createUser(user, used)
      return [`user ${userId}`, ...told(options.password, used)]
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
    run: async ({ username: name, sites }, context) => {
      const { groupId } = await context.accounts.admin.user(name)
      await checkSites(context, groupId, sites)
      return await change(name, context, () => ({ siteIds: sites }))
    },
  }),
  command({
    name: 'users set-roles',
    summary: 'Change the roles of a user',
    options: z.strictObject({ username, roles: rolesOption.describe('Roles, separated by commas') }),
    run: async ({ username: name, roles }, context) => {
      const { groupId } = await context.accounts.admin.user(name)
      if (groupId === null) throw new CliError(`${name} is a customer; staff are made by \`users create\``)
      return await change(name, context, () => ({ roles }))
    },
  }),
  command({
    name: 'users set-email',
    summary: 'Change where mail to a user goes',
    options: z.strictObject({ username, email }),
    run: ({ username: name, email: to }, context) => change(name, context, () => ({ email: to })),
  }),
  command({
    name: 'users reset-second-factor',
    summary: 'Take away a lost second factor; every session of the user ends',
    options: z.strictObject({ username }),
    run: async ({ username: name }, { accounts }) => {
      await accounts.admin.resetSecondFactor(name)
      return [`${name} signs in by password alone until they turn a second factor on`]
    },
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
