/** The postman that the settings ask for. */
import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Accounts } from '../auth/accounts.ts'
import type { Config } from '../config.ts'
import { Postman } from './postman.ts'
import { smtpSender, type SendMail } from './transport.ts'

export const openPostman = async (
  config: Config,
  { accounts, now, log }: { accounts: Accounts; now: () => number; log: Logger },
): Promise<Postman> => {
  const { publicUrl, demo } = config
  const send = await senderOf(config)
  return new Postman({ queue: accounts.mail, accounts, send, publicUrl, demo, now, log })
}

const senderOf = async ({ smtpUrl, mailFrom, smtpCaFile }: Config): Promise<SendMail | undefined> => {
  if (smtpUrl === undefined || mailFrom === undefined) return undefined
  const authority = smtpCaFile === undefined ? undefined : await readFile(smtpCaFile, 'utf8')
  return smtpSender({ smtpUrl, from: mailFrom, authority })
}
