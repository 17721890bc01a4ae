/** `migrate`: documents of earlier versions become those of this release. */
import { z } from 'zod'
import type { Store } from '../../sync/store/port.ts'
import { countDocuments } from '../../sync/store/transfer/walk.ts'
import { CliError } from '../cli/command.ts'
import { tool } from '../cli/tool.ts'
import type { WorkProgress } from '../cli/work-progress.ts'
import { count } from '../import/progress.ts'
import { openStore } from '../store.ts'
import { databasesOf } from '../unfinished.ts'
import { migrate, type Migration } from './migrate.ts'

/** The steps of this release: every stored document is of version 1 so far. */
const migrations: readonly Migration[] = []

export const migrateTool = tool({
  name: 'migrate',
  summary: 'Bring stored documents to this release’s version; beside running servers with CouchDB',
  options: z.strictObject({
    'dry-run': z.literal('yes').optional().describe('Only counts, and shows which fields would change'),
  }),
  flags: ['dry-run'],
  run: async ({ 'dry-run': dry }, { config, server, progress }) => {
    if (server && config.couchdbUrl === undefined)
      throw new CliError(`A server has ${config.dataDir} open (process ${server.pid}): stop it before`)
    await using store = await openStore(config)
    return await migrateStore({ store, migrations, dryRun: dry !== undefined, progress })
  },
})

export interface MigratingStore {
  store: Store
  migrations: readonly Migration[]
  dryRun: boolean
  progress: WorkProgress
}

/** Every group. Lines for standard output. */
export const migrateStore = async (options: MigratingStore): Promise<string[]> => {
  const { store, migrations: steps, dryRun, progress } = options
  if (steps.length === 0) return ['Every document is of this release’s version']
  const lines: string[] = []
  for (const name of (await databasesOf(store)).filter((one) => one.startsWith('group-'))) {
    const db = await store.database(name)
    progress.begin(name, await countDocuments(db))
    const done = await migrate({ db, migrations: steps, dryRun, onLooked: (n) => progress.add(n) })
    progress.end()
    for (const { type, from, what, documents, examples } of done)
      lines.push(
        `${name}  ${count(documents)} ${type} of version ${from}${dryRun ? ' to be migrated' : ' migrated'}: ${what}`,
        ...examples.map((example) => `  ${example}`),
      )
  }
  return lines.length === 0 ? ['Every document is of this release’s version'] : lines
}
