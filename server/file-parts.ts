/** What of the server keeps files: where they are, what is under way, who looks at them. */
import path from 'node:path'
import type { Database, Store } from '../sync/store/port.ts'
import { Clamd } from '../uploads/content/clamd.ts'
import { openDiskStorage } from '../uploads/storage/disk.ts'
import type { FileStorage } from '../uploads/storage/port.ts'
import { Thumbnails } from '../uploads/thumbnails/thumbnails.ts'
import { forgetForeignLocks } from '../uploads/tus/lease-locker.ts'
import { ResumableUploads } from '../uploads/tus/resumable-uploads.ts'
import type { Config } from './config.ts'
import { startUpload } from './contract/document-uploads.ts'
import type { Owned } from './owned.ts'

export interface FileParts {
  readonly files: FileStorage
  readonly uploads: ResumableUploads
  readonly thumbnails: Thumbnails
  /** Uploads under way, their locks, and what users have sent today; shared by all servers. */
  readonly uploadsDb: Database
  /** Absent where none is configured. */
  readonly scanner: Clamd | undefined
}

/** On the disk of this machine, or in a bucket where the settings name one. */
const openStorage = async ({ dataDir, s3Url }: Config): Promise<FileStorage> => {
  const directory = path.join(dataDir, 'files')
  if (s3Url === undefined) return await openDiskStorage({ directory })
  // Its client is large, and most have no use for it.
  const { openS3Storage } = await import('../uploads/storage/s3.ts')
  return await openS3Storage({ url: s3Url, directory })
}

export const openFileParts = async (config: Config, store: Store, owned: Owned): Promise<FileParts> => {
  const files = owned.use(await openStorage(config))
  const uploadsDb = await store.database('uploads')
  if (store.kind === 'embedded') await forgetForeignLocks(uploadsDb)
  const uploads = new ResumableUploads({ db: uploadsDb, files, path: startUpload.path })
  const thumbnails = new Thumbnails({ files, directory: path.join(config.dataDir, 'thumbnails') })
  const scanner = config.clamdSocket === undefined ? undefined : new Clamd({ socket: config.clamdSocket })
  return { files, uploads, thumbnails, uploadsDb, scanner }
}
