/** The antivirus step: a file with something in it is set aside for the operator, and its sender told. */
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ScannerUnavailable } from '../../../uploads/content/clamd.ts'
import type { StagedFile } from '../../../uploads/storage/port.ts'
import type { Finishing } from './finishing.ts'

const retrySeconds = 60

/** Fails where something was found, or where nobody could look: what was not looked at is not kept. */
export const scan = async ({ app, user, fail }: Finishing, staged: StagedFile): Promise<void> => {
  if (!app.scanner) return
  let found: string | undefined
  try {
    found = await app.scanner.scan(await staged.open())
  } catch (error) {
    if (!(error instanceof ScannerUnavailable)) throw error
    app.log.error({ err: error }, 'The virus scanner does not answer')
    return fail('SCANNER_UNAVAILABLE', { retryAfterSeconds: retrySeconds, cause: error })
  }
  if (found === undefined) return
  const directory = path.join(app.config.dataDir, 'quarantine')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = path.join(directory, `group-${user.groupId}-${staged.sha256}`)
  // Nobody may run it, and nothing serves it.
  await pipeline(await staged.open(), createWriteStream(file, { mode: 0o400 })).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) throw error // it is there already
  })
  app.log.warn(
    { found, sha256: staged.sha256, groupId: user.groupId, userId: user.userId, file },
    'Virus found',
  )
  return fail('VIRUS_FOUND', {
    detail: `The virus scanner found ${found}. The file was not kept as a document; it is set aside for the operator.`,
    errors: [{ path: 'file', message: `holds ${found}` }],
  })
}
