/**
 * Runs the test files, each in a process of its own that has to end by itself, two at a time, and ends with the
 * line `N passed, N failed`. Those of `test/unit` share one: to start it takes longer than they do. Words given narrow
 * the files: `npm test -- store-contract`.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const words = process.argv.slice(2)
/** More where many rounds are asked for. */
const fileLimitMs = Number(process.env['FILE_LIMIT_MINUTES'] ?? 15) * 60_000
/** What a process has to end in once its tests have. */
const endLimitMs = 60_000
/** Characters of a file's failures that are told again at the end. */
const maxFailureText = 6000

/** Test files of one process, and what it is called. */
interface Run {
  name: string
  files: string[]
}

interface Outcome {
  name: string
  passed: number
  failed: number
  skipped: number
  output: string
  seconds: number
}

const count = (output: string, word: string): number =>
  Number(new RegExp(`^\\s+(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0)

/** What mocha tells of failures behind its counts; of a process that broke without telling, its last words. */
const failuresIn = (output: string): string => {
  const text = output.slice(Math.max(0, output.search(/^\s+\d+ failing/m))).trim()
  // A property's seed stands at the beginning, what did not hold at the end.
  const half = maxFailureText / 2
  return text.length <= maxFailureText ? text : `${text.slice(0, half)}\n…\n${text.slice(-half)}`
}

const runFiles = async ({ name, files }: Run): Promise<Outcome> => {
  const started = Date.now()
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'node_modules/mocha/bin/mocha.js', '--timeout', '120000', '--forbid-only', ...files],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const chunks: Buffer[] = []
  let limit = setTimeout(() => child.kill('SIGKILL'), fileLimitMs)
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    if (/^\s+\d+ passing/m.test(chunk.toString())) {
      clearTimeout(limit)
      limit = setTimeout(() => child.kill('SIGKILL'), endLimitMs)
    }
  })
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  clearTimeout(limit)
  const output = Buffer.concat(chunks).toString()
  const [passed, failing, skipped] = ['passing', 'failing', 'pending'].map((word) => count(output, word))
  // A process that broke before or after its tests counts as a failure of its own.
  const broken = code !== 0 && failing === 0 ? 1 : 0
  const ended = signal === null ? '' : `\n  The process did not end by itself: ${signal}\n`
  const seconds = (Date.now() - started) / 1000
  return {
    name,
    passed: passed ?? 0,
    failed: (failing ?? 0) + broken,
    skipped: skipped ?? 0,
    output: output + ended,
    seconds,
  }
}

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => `test/${file}`)
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()
const units = files.filter((file) => file.startsWith('test/unit/'))
const queue: Run[] = files
  .filter((file) => !units.includes(file))
  .map((file) => ({ name: file, files: [file] }))
if (units.length > 0) queue.push({ name: units.length === 1 ? String(units[0]) : 'test/unit', files: units })
const outcomes: Outcome[] = []
const worker = async (): Promise<void> => {
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
    const outcome = await runFiles(run)
    outcomes.push(outcome)
    console.log(`\n■ ${run.name} (${outcome.seconds.toFixed(1)} s)\n${outcome.output.trim()}`)
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))

const total = (key: 'passed' | 'failed' | 'skipped'): number => outcomes.reduce((sum, o) => sum + o[key], 0)
const bad = outcomes.filter((o) => o.failed > 0)
// Once more at the end, where they are found also in a log of which only the end was kept.
for (const { name, output } of bad) console.log(`\n■ ${name} failed\n${failuresIn(output)}`)
if (bad.length > 0) console.log(`\nFailed in: ${bad.map(({ name }) => name).join(', ')}`)
if (files.length === 0) console.log('No test file matches.')
console.log(`\n${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`)
process.exitCode = total('failed') > 0 || total('passed') === 0 ? 1 : 0
