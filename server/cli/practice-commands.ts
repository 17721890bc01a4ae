/** `practice …`: what a practice says of itself. */
import { z } from 'zod'
import { PracticeFileRefused, readPracticeFile } from '../practice/practice-file.ts'
import { practiceOf, takePractice, type Taken } from '../practice/take-practice.ts'
import { CliError, command } from './command.ts'
import { numberOption } from './option-kinds.ts'
import { groupOf } from './practice.ts'

const group = numberOption.describe('Group')

const told = ({ id, fields: { name }, outcome }: Taken): string =>
  `${outcome}  ${id}  ${typeof name === 'string' ? name : ''}`

export const practiceCommands = [
  command({
    name: 'practice set',
    summary:
      'Sites, hours, practitioners, reasons, lists and terms of a group, from a file (server/practice)',
    options: z.strictObject({
      group,
      file: z.string().describe('JSON; what it does not name stays as it is. `-`: standard input'),
    }),
    reads: ['file'],
    run: async ({ group: groupId, file }, context) => {
      const { db } = await groupOf(context, groupId)
      try {
        const practice = readPracticeFile(file)
        const detail = { sites: practice.sites.length, practitioners: practice.practitioners.length }
        const subjects = [{ type: 'group', id: String(groupId) }] as const
        const entry = { kind: 'SETTINGS_CHANGED', actor: { kind: 'operator' }, subjects, detail } as const
        const taken = await takePractice(db, practice, {
          ...{ groupId, writing: { by: null, at: context.now() } },
          witness: () => context.audit.append(groupId, entry),
        })
        const changed = taken.filter(({ outcome }) => outcome !== 'unchanged')
        return [...changed.map(told), `${taken.length - changed.length} unchanged`]
      } catch (error) {
        if (!(error instanceof PracticeFileRefused)) throw error
        throw new CliError(error.message, { cause: error })
      }
    },
  }),
  command({
    name: 'practice show',
    summary: 'The same, as a file that `practice set` takes',
    options: z.strictObject({ group }),
    run: async ({ group: groupId }, context) => {
      const { db } = await groupOf(context, groupId)
      return [JSON.stringify(await practiceOf(db), null, 2)]
    },
  }),
]
