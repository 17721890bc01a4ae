/**
 * `npm run load`: 200 simulated devices for ten minutes against the built server in a process of its own, with a fresh
 * demo practice; then the server is killed, started again, and everything it had acknowledged is looked for.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { freePort, ServerProcess } from '../support/server-process.ts'
import { makePractice } from './drive/practice.ts'
import type { Recorded } from './drive/recorder.ts'
import { judged, reportOf, type Memory, type Report } from './drive/report.ts'
import { verify } from './drive/verify.ts'
import type { Share } from './drive/visitors-process.ts'

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '10' },
    processes: { type: 'string', default: '4' },
    out: { type: 'string', default: 'load-results.json' },
  },
})
const { devices, minutes, processes } = z
  .object({
    devices: z.coerce.number().int().min(1).max(5000),
    minutes: z.coerce
      .number()
      .positive()
      .max(24 * 60),
    processes: z.coerce.number().int().min(1).max(64),
  })
  .parse(values)

const sampleMs = 2000

const memoryOf = async (pid: number | undefined): Promise<Omit<Memory, 'seconds'>> => {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  const bytesOf = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0) * 1024
  return { ownBytes: bytesOf('RssAnon'), mappedBytes: bytesOf('RssFile') }
}

/** Samples the server's memory until the time is up. */
const watched = async (server: ServerProcess): Promise<Memory[]> => {
  const memory: Memory[] = []
  const started = performance.now()
  for (let seconds = 0; seconds < minutes * 60;) {
    await pause(sampleMs)
    seconds = (performance.now() - started) / 1000
    const now = await memoryOf(server.pid)
    memory.push({ seconds: Math.round(seconds), ...now })
    if (memory.length % 30 === 0)
      console.error(`… ${Math.round(seconds)} s, ${Math.round(now.ownBytes / 1e6)} MB`)
  }
  return memory
}

const begin = (url: string): ChildProcess[] =>
  Array.from({ length: processes }, (_, process) => {
    const script = fileURLToPath(new URL('./drive/visitors-process.ts', import.meta.url))
    const child = fork(script, { execArgv: ['--import', 'tsx'] })
    const mine = Array.from({ length: devices }, (_, n) => n).filter((n) => n % processes === process)
    child.send({ url, devices: mine, sites: 1 } satisfies Share)
    return child
  })

const finish = async (child: ChildProcess): Promise<Recorded> => {
  const told = once(child, 'message') as Promise<[Recorded]>
  const gone = once(child, 'disconnect').then(() => {
    throw new Error('A process of devices ended, and told nothing')
  })
  gone.catch(() => undefined)
  child.send('end')
  const [recorded] = await Promise.race([told, gone])
  return recorded
}

const load = async (dataDir: string): Promise<Report> => {
  await using server = new ServerProcess({
    ...{ port: await freePort(), dataDir, built: true },
    env: { LOG_LEVEL: 'warn', NODE_ENV: 'production' },
  })
  await server.start()
  await server.stop('SIGTERM')
  await makePractice(dataDir, devices)
  await server.start()
  const children = begin(server.url)
  const memory = await watched(server)
  const parts = await Promise.all(children.map(finish))
  const complaints = server.output
  await server.stop('SIGKILL')
  await server.start()
  const acknowledged = parts.flatMap((part) => part.acknowledged)
  const report = reportOf(parts, memory, await verify(server.url, acknowledged))
  if (complaints.includes('"level":50')) console.error(complaints)
  return report
}

const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-load-'))
try {
  const report = await load(dataDir)
  console.table(report.calls)
  console.log({ failures: report.failures, refusals: report.refusals, acknowledged: report.acknowledged })
  if (report.lost.length > 0) console.log(report.lost.slice(0, 20))
  console.log(`${report.requests} requests, ${report.requestsPerSecond.toFixed(0)} a second`)
  const verdicts = judged(report)
  for (const [what, met, found] of verdicts) console.log(`${met ? 'met   ' : 'MISSED'} ${what}: ${found}`)
  const machine = { processor: cpus()[0]?.model ?? '', cores: cpus().length, memory: totalmem() }
  const measured = { machine, node: process.version, at: new Date().toISOString(), devices, minutes }
  await writeFile(values.out, `${JSON.stringify({ ...measured, ...report }, null, 2)}\n`)
  process.exitCode = verdicts.every(([, met]) => met) ? 0 : 1
} finally {
  await rm(dataDir, { recursive: true, force: true })
}
