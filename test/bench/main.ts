/**
 * `npm run bench`: the measured figures, each beside its peer in the same run, as a table and as
 * `bench-results.json`. Machines are shared and noisy: medians of several runs, and ratios count.
 * Words narrow the rows: `npm run bench -- upload`.
 */
import { writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { killRoundsBench } from './documents/kill-rounds.ts'
import { largeFileBench } from './documents/large-file.ts'
import { manyAtOnceBench } from './documents/many-at-once.ts'
import { slowLinkBench } from './documents/slow-link.ts'
import { backupBench } from './backup-bench.ts'
import { importBench } from './import-bench.ts'
import { bookingsBench } from './bookings-bench.ts'
import { codesBench } from './codes-bench.ts'
import { crowdBench } from './crowd-bench.ts'
import { couchBench } from './couch-bench.ts'
import { deviceBench } from './device/device-bench.ts'
import { fieldBench } from './field-bench.ts'
import { fleetBench } from './fleet-bench.ts'
import { getsBench } from './gets-bench.ts'
import { mergeBench } from './merge-bench.ts'
import { pullBench } from './pull-bench.ts'
import { signInBench } from './sign-in-bench.ts'
import { storeBench } from './store-bench.ts'
import type { Row } from './row.ts'
import { scaleBench } from './scale-bench.ts'
import { startBench } from './start-bench.ts'
import { searchBench } from './search-bench.ts'
import { streamsBench } from './streams-bench.ts'
import { uploadBench } from './upload-bench.ts'

const benches: Record<string, () => Promise<Row[]>> = {
  start: startBench,
  store: storeBench,
  merge: mergeBench,
  import: importBench,
  upload: uploadBench,
  couch: couchBench,
  pull: pullBench,
  field: fieldBench,
  device: deviceBench,
  fleet: fleetBench,
  scale: scaleBench,
  crowd: crowdBench,
  streams: streamsBench,
  codes: codesBench,
  gets: getsBench,
  'sign-in': signInBench,
  search: searchBench,
  bookings: bookingsBench,
  backup: backupBench,
  'documents-large': largeFileBench,
  'documents-many': manyAtOnceBench,
  'documents-slow': slowLinkBench,
  'documents-killed': killRoundsBench,
}

const words = process.argv.slice(2)
const rows: Row[] = []
for (const [name, bench] of Object.entries(benches)) {
  if (words.length > 0 && !words.some((word) => name.startsWith(word))) continue
  console.error(`… ${name}`)
  rows.push(...(await bench()))
}

const show = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-GB') : value.toPrecision(3)
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  measuredAt: new Date().toISOString(),
}
console.log(`${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}\n`)
console.table(
  rows.map((row) => ({
    what: row.what,
    measured: `${show(row.value)} ${row.unit}`,
    asked: row.asked ?? '',
    peer: row.peer ? `${row.peer.what}: ${show(row.peer.value)} ${row.unit}` : '',
    ratio: row.peer ? show(row.value / row.peer.value) : '',
    met: row.met === undefined ? '' : row.met ? 'yes' : 'NO',
  })),
)
await writeFile('bench-results.json', `${JSON.stringify({ machine, rows }, null, 2)}\n`)
