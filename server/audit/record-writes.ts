/** What the one write path and the resolver do, in the audit record: before a void or a reversal is written. */
import type { RecordedWrite, WriteWitness } from '../../sync/write/witness.ts'
import type { Audit } from './audit.ts'
import type { NewEntry } from './entry.ts'

const entryOf = ({ kind, type, id, by, deviceId, detail }: RecordedWrite): NewEntry => ({
  kind,
  actor: by === null ? { kind: 'server' } : { kind: 'user', userId: by },
  subjects: [{ type, id }],
  ...(deviceId === null ? {} : { deviceId }),
  ...(detail ? { detail } : {}),
})

export const recordWrites =
  (audit: Audit): WriteWitness =>
  async (groupId, writes) => {
    await audit.append(groupId, ...writes.map(entryOf))
  }
