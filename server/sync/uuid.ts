import { randomUUID } from 'node:crypto'
import type { Database } from '../../sync/store/port.ts'

/** The server's id, the same on every server over one store; clients name their checkpoints by it. */
export const syncUuidOf = async (db: Database): Promise<string> => {
  const kept = await db.getLocal('sync')
  if (typeof kept?.['uuid'] === 'string') return kept['uuid']
  await db.putLocal('sync', { uuid: randomUUID().replaceAll('-', '') })
  return String((await db.getLocal('sync'))?.['uuid'])
}
