/** `npm run sync:conformance -- --port N`: a server for other projects' suites, over a store that ends with it. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openLevelStore } from '../store/level/level-store.ts'
import { serveOpen } from './serve-open.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '5984' } } })
const port = Number(values.port)
if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError('--port takes a port.')

const dataDir = await mkdtemp(join(tmpdir(), 'vetspace-conformance-'))
try {
  await using store = await openLevelStore({ dataDir, keepOldRevisions: true })
  const onFault = (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  }
  await using server = await serveOpen({ store, port, onFault })
  process.stdout.write(`Listening on ${server.url}/\n`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
} finally {
  await rm(dataDir, { recursive: true, force: true })
}
