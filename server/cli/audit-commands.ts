/** `audit …`: the record of what people did. */
import { z } from 'zod'
import type { AuditScope } from '../audit/entry.ts'
import type { Verification } from '../audit/verify.ts'
import { CliError, command } from './command.ts'
import { numberOption } from './option-kinds.ts'

const group = numberOption.optional().describe('Group; what belongs to no group where it is left out')
const scopeOf = (groupId: number | undefined): AuditScope => groupId ?? 'installation'

const told = ({ blocks, entries, unknownSeals, heads }: Verification): string[] => [
  `intact: ${entries} entries in ${blocks} blocks`,
  ...(unknownSeals > 0 ? [`${unknownSeals} blocks are sealed by keys that are not known here`] : []),
  ...heads.slice(0, 1).map(({ id, hash }) => `newest ${id} ${hash}`),
]

export const auditCommands = [
  command({
    name: 'audit verify',
    summary:
      'Whether the audit record is as it was written; beside a running server also whether its end is there',
    options: z.strictObject({
      group,
      noted: z
        .string()
        .regex(/^block:\S+ \S+$/, 'must be a block and its hash, as an earlier verification printed them')
        .optional()
        .describe('A block and its hash, noted earlier, that have to be there'),
    }),
    run: async ({ group: groupId, noted }, { audit }) => {
      const [id = '', hash = ''] = noted?.split(' ') ?? []
      const found = await audit.verify(scopeOf(groupId), noted === undefined ? [] : [{ id, hash }])
      if (found.intact) return told(found)
      const faults = found.faults.map(({ code, block, message }) => `${code}  ${block}: ${message}`)
      throw new CliError(['The audit record is NOT intact:', ...faults].join('\n'))
    },
  }),
  command({
    name: 'audit list',
    summary: 'The newest entries of the audit record',
    options: z.strictObject({
      group,
      limit: numberOption.default(50).describe('How many; 50'),
    }),
    run: async ({ group: groupId, limit }, { audit }) => {
      const all = {
        from: undefined,
        to: undefined,
        kinds: [],
        actor: undefined,
        subjects: [],
        after: undefined,
      }
      const { entries } = await audit.read(scopeOf(groupId), { ...all, limit: Math.min(limit, 1000) })
      return entries.map(({ at, kind, actor, subjects = [] }) => {
        const who = actor.userId ?? actor.keyId ?? actor.kind
        return [at, kind, who, ...subjects.map(({ type, id }) => `${type}:${id}`)].join('  ')
      })
    },
  }),
]
