/** `bridge …`: practices' own PMS. */
import { z } from 'zod'
import { forgetPms } from '../bridge/forget-pms.ts'
import { CliError, command } from './command.ts'
import { numberOption } from './option-kinds.ts'

export const bridgeCommands = [
  command({
    name: 'bridge disconnect',
    summary: 'A group has no PMS any more; its agent’s key is to be revoked before, or it connects again',
    options: z.strictObject({ group: numberOption.describe('Group') }),
    run: async ({ group }, { store, audit }) => {
      const subjects = [{ type: 'group', id: String(group) }] as const
      await audit.append(group, { kind: 'PMS_DISCONNECTED', actor: { kind: 'operator' }, subjects })
      if (!(await forgetPms(store, group))) throw new CliError(`Group ${group} has no PMS`)
      return [`group ${group} has no PMS`]
    },
  }),
]
