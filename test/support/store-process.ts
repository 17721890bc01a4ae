/**
 * A process that owns an embedded store, to be killed. Prints `open`, then with `write` after each acknowledged call
 * one line of JSON: the ids and revisions that are on disk by then. Ends when its input does.
 */
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { Database } from '../../sync/store/port.ts'

const [dataDir = '', task = 'hold'] = process.argv.slice(2)
const run = process.pid

async function writeOn(db: Database, writer: number): Promise<never> {
  const own = `shared:${run}:${writer}`
  let rev: string | undefined
  for (let n = 0; ; n++) {
    const fresh = Array.from({ length: 1 + (n % 5) }, (_, at) => ({
      _id: `doc:${run}:${writer}:${n}:${at}`,
      text: `${n}`.repeat(1 + (n % 300)),
    }))
    const results = await db.write([{ _id: own, ...(rev !== undefined && { _rev: rev }), n }, ...fresh])
    const [updated] = results
    if (updated?.ok) rev = updated.rev
    process.stdout.write(`${JSON.stringify(results)}\n`)
  }
}

process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGKILL'))
const store = await openLevelStore({ dataDir })
const db = await store.database('group-1')
process.stdout.write('open\n')
if (task === 'write') await Promise.all(Array.from({ length: 12 }, (_, writer) => writeOn(db, writer)))
