/** From the README's command to the first answer: of a practice that is new, and of the same data once more. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../support/server-process.ts'
import { median, type Row } from './row.ts'

const rounds = 5
const askedMs = 5000

export const startBench = async (): Promise<Row[]> => {
  // Compiles what changed, so that no round does.
  await withFolder(demoAnswers)
  const [anew, again, bare]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < rounds; round += 1) {
    await withFolder(async (dataDir) => {
      anew.push(await demoAnswers(dataDir))
      again.push(await demoAnswers(dataDir))
    })
    bare.push(await answers(process.execPath, ['-e', bareServer]))
  }
  const peer = { what: 'an Express server with one route', value: median(bare) }
  const row = (what: string, value: number): Row => ({
    ...{ what, value, unit: 'ms', peer },
    ...{ asked: 'under 5 s', met: value < askedMs },
  })
  return [
    row('npm run demo to the first answer, data new', median(anew)),
    row('npm run demo to the first answer, data kept', median(again)),
  ]
}

const bareServer =
  "require('express')().get('/health', (_, response) => response.json({})).listen(process.env.PORT)"

const demoAnswers = (dataDir: string): Promise<number> => answers('npm', ['run', '--silent', 'demo'], dataDir)

/** Milliseconds from starting a command until `/health` is answered; it is ended then. */
const answers = async (command: string, words: string[], dataDir = ''): Promise<number> => {
  const port = await freePort()
  const env = { ...process.env, PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'silent' }
  const started = performance.now()
  const child = spawn(command, words, { env, stdio: 'ignore', detached: true })
  let running = true
  const ended = once(child, 'exit').finally(() => (running = false))
  while (!(await isAnswered(port))) {
    if (!running) throw new Error(`${command} ${words.join(' ')} ended before it answered`)
    await pause(10)
  }
  const ms = performance.now() - started
  process.kill(-(child.pid ?? 0), 'SIGTERM')
  await ended
  return ms
}

const isAnswered = async (port: number): Promise<boolean> =>
  await fetch(`http://127.0.0.1:${port}/health`).then(
    ({ ok }) => ok,
    () => false,
  )

const withFolder = async (work: (dataDir: string) => Promise<unknown>): Promise<void> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-start-'))
  try {
    await work(dataDir)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}
