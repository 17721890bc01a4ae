/** The server's side of a backup beside it, on the loopback listener whose token only the machine's owner can read. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Router } from 'express'
import { backupFrames, type BackupSource } from './produce.ts'

/** `GET /backup`: the frames of a backup, as they are made. An answer that breaks off is no backup. */
export const backupRouter = (source: BackupSource): Router => {
  const router = Router()
  router.get('/backup', async (_request, response) => {
    response.type('application/octet-stream')
    await pipeline(Readable.from(backupFrames(source)), response).catch(unlessGone)
  })
  return router
}

/** Who asked and went away makes no fault here. */
const unlessGone = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
}
