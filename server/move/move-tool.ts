/** `move`: between the embedded store in DATA_DIR and a CouchDB. */
import path from 'node:path'
import { z } from 'zod'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import { CliError } from '../cli/command.ts'
import { tool, type ToolContext } from '../cli/tool.ts'
import { makeDataDir } from '../data-dir.ts'
import { openCouchFiles, openLargeStorage } from '../file-parts.ts'
import { count } from '../import/progress.ts'
import { move, type Moved } from './move.ts'

const url = z
  .string()
  .refine((text) => text === 'COUCHDB_URL' || (URL.canParse(text) && /^https?:/.test(text)), {
    error: 'must be the URL of a CouchDB, or the word COUCHDB_URL for the setting of that name',
  })
  .optional()

export const moveTool = tool({
  name: 'move',
  summary: 'Move all records to a CouchDB, or from one; every server is to be stopped before',
  options: z.strictObject({
    to: url.describe('From DATA_DIR to this CouchDB: a URL, or COUCHDB_URL for the setting of that name'),
    from: url.describe('From this CouchDB to DATA_DIR; its files that stand in CouchDB too'),
  }),
  run: async ({ to, from }, context) => {
    if ((to === undefined) === (from === undefined))
      throw new CliError('move: either --to or --from is needed')
    if (context.server)
      throw new CliError(
        `A server has ${context.config.dataDir} open (process ${context.server.pid}): stop it before`,
      )
    const moved = to === undefined ? await moveBack(from ?? '', context) : await moveOut(to, context)
    return [...told(moved), to === undefined ? nextEmbedded : nextCouch]
  },
})

const nextCouch =
  'The store is whole. Start the server with COUCHDB_URL, then run `npm run couchdb:apply`. The embedded store is as it was: put DATA_DIR/store aside, so that no server is started on it by mistake.'
const nextEmbedded =
  'The store is whole. Start the server without COUCHDB_URL. What is in CouchDB is as it was: no server may be started on it any more.'

const told = ({ databases, files }: Moved): string[] => [
  ...databases.map(
    ({ name, documents, locals, digest }) =>
      `${name}  ${count(documents)} documents  ${count(locals)} local documents  ${digest}  the same in both`,
  ),
  ...(files === 0 ? [] : [`${count(files)} files of CouchDB are among the others now`]),
]

const urlFrom = (given: string, { config }: ToolContext): string => {
  const found = given === 'COUCHDB_URL' ? config.couchdbUrl : given
  if (found === undefined) throw new CliError('COUCHDB_URL is not set')
  return found
}

const moveOut = async (to: string, context: ToolContext): Promise<Moved> => {
  await using target = await openCouchStore({ url: urlFrom(to, context) })
  await using source = await openLevelStore({ dataDir: context.config.dataDir })
  return await move({ source, target, moveFiles: () => Promise.resolve(0), progress: context.progress })
}

const moveBack = async (from: string, context: ToolContext): Promise<Moved> => {
  const { config, progress } = context
  const couchdbUrl = urlFrom(from, context)
  await makeDataDir(path.resolve(config.dataDir))
  await using source = await openCouchStore({ url: couchdbUrl })
  await using target = await openLevelStore({ dataDir: config.dataDir })
  await using files = await openLargeStorage(config)
  const inCouch = openCouchFiles(couchdbUrl, source)
  const moveFiles = async (): Promise<number> => {
    let moved = 0
    for await (const { groupId, sha256 } of inCouch.list()) {
      const bytes = await inCouch.open({ groupId, sha256 })
      if (!bytes)
        throw new CliError('A file went while it was copied: stop every server and run the command again')
      await using staged = await files.stage(groupId, bytes)
      if (staged.sha256 !== sha256) throw new CliError(`The file ${sha256} is damaged in CouchDB`)
      await staged.commit()
      moved += 1
    }
    return moved
  }
  return await move({ source, target, moveFiles, progress })
}
