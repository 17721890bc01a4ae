/** The audit record's hourly work: what was kept for its time goes, and the log gets what no store can take back. */
import type { Logger } from 'pino'
import type { Audit } from './audit.ts'

export const sweepAudit = async (audit: Audit, log: Logger): Promise<void> => {
  for (const { scope, head } of await audit.sweep())
    log.info({ scope, block: head.id, hash: head.hash }, 'The newest block of the audit record')
}
