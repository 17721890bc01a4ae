/** The demo's server over CouchDB, in databases of its own: COUCHDB_PREFIX begins their names. For ServerProcess. */
import { pino } from 'pino'
import { readConfig } from '../../server/config.ts'
import { startServer } from '../../server/start.ts'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'

const config = readConfig(process.env, process.argv.slice(2))
const server = await startServer(config, {
  log: pino({ level: config.logLevel, base: null }),
  passwordCost: { logN: 4, r: 8, p: 1 },
  openStore: (_config, asking) =>
    openCouchStore({
      ...{ url: config.couchdbUrl ?? '', prefix: process.env['COUCHDB_PREFIX'] ?? 'test-' },
      ...asking,
    }),
})
process.once('SIGTERM', () => void server[Symbol.asyncDispose]())
