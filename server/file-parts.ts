/** What of the server keeps files: where they are, what is under way, who looks at them. */
import path from 'node:path'
import type { Logger } from 'pino'
import type { Database, Store } from '../sync/store/port.ts'
import { databasePrefix } from '../sync/store/couch/couch-store.ts'
import { Clamd } from '../uploads/content/clamd.ts'
import { CouchFiles } from '../uploads/storage/couch-files.ts'
import { openDiskStorage } from '../uploads/storage/disk.ts'
import type { FileStorage } from '../uploads/storage/port.ts'
import { SmallInCouch } from '../uploads/storage/small-in-couch.ts'
import { Thumbnails } from '../uploads/thumbnails/thumbnails.ts'
import { forgetForeignLocks } from '../uploads/tus/lease-locker.ts'
import { ResumableUploads } from '../uploads/tus/resumable-uploads.ts'
import type { Config } from './config.ts'
import { startUpload } from './contract/document-uploads.ts'
import type { Owned } from './owned.ts'
import { observed } from './sight/observed.ts'
import type { Tracing } from './tracing/tracing.ts'

export interface FileParts {
  readonly files: FileStorage
  readonly uploads: ResumableUploads
  readonly thumbnails: Thumbnails
  /** Uploads under way, their locks, and what users have sent today; shared by all servers. */
  readonly uploadsDb: Database
  /** Absent where none is configured. */
  readonly scanner: Clamd | undefined
}

/** Small files in CouchDB where the settings say so; there they are found also when those say so no more. */
export const openStorage = async (config: Config, store: Store): Promise<FileStorage> => {
  const { couchdbUrl: url, couchdbFileLimit: limit } = config
  const others = await openLargeStorage(config)
  if (url === undefined) return others
  return new SmallInCouch({ couch: openCouchFiles(url, store), others, limit })
}

/** The files in CouchDB. */
export const openCouchFiles = (url: string, store: Pick<Store, 'list'>): CouchFiles =>
  new CouchFiles({
    url,
    databaseOf: (id) => `${databasePrefix}group-${id}`,
    groups: () => groupsIn(store),
  })

const groupsIn = async (store: Pick<Store, 'list'>): Promise<number[]> =>
  (await store.list()).map((name) => Number(/^group-(\d+)$/.exec(name)?.[1])).filter((groupId) => groupId > 0)

/** On the disk of this machine, or in a bucket where the settings name one. */
export const openLargeStorage = async ({
  dataDir,
  s3Url,
}: Pick<Config, 'dataDir' | 's3Url'>): Promise<FileStorage> => {
  const directory = path.join(dataDir, 'files')
  if (s3Url === undefined) return await openDiskStorage({ directory })
  // Its client is large, and most have no use for it.
  const { openS3Storage } = await import('../uploads/storage/s3.ts')
  return await openS3Storage({ url: s3Url, directory })
}

interface Around {
  store: Store
  tracing: Tracing
  owned: Owned
  log: Logger
}

/** What of the storage takes time while somebody waits. */
const slow = new Set<keyof FileStorage>(['stage', 'stat', 'open', 'remove'])

export const openFileParts = async (
  config: Config,
  { store, tracing, owned, log }: Around,
): Promise<FileParts> => {
  const storage = owned.use(await openStorage(config, store))
  const files = observed(storage, slow, (method, _args, work) => tracing.step(`files ${method}`, {}, work))
  const uploadsDb = await store.database('uploads')
  if (store.kind === 'embedded') await forgetForeignLocks(uploadsDb)
  const uploads = new ResumableUploads({ db: uploadsDb, files, path: startUpload.path })
  const thumbnails = new Thumbnails({
    ...{ files, directory: path.join(config.dataDir, 'thumbnails') },
    onMissingTool: () =>
      log.warn('pdftoppm (poppler-utils) is not on this machine: PDFs have no small picture'),
  })
  const scanner = config.clamdSocket === undefined ? undefined : new Clamd({ socket: config.clamdSocket })
  return { files, uploads, thumbnails, uploadsDb, scanner }
}
