/**
 * The server killed (SIGKILL) at random points while documents arrive by both roads: what was acknowledged is whole, what was
 * not is sent again or goes on, and what nobody goes on with is swept.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { readConfig } from '../../../server/config.ts'
import { openContext } from '../../../server/context.ts'
import { sweepDocuments } from '../../../server/services/documents/sweep.ts'
import { freePort, ServerProcess } from '../../support/server-process.ts'
import { ApiCaller } from '../../vets-day/api-caller.ts'
import type { Row } from '../row.ts'
import {
  anAnimal,
  beginTus,
  byMultipart,
  continueTus,
  offsetOf,
  pictureOf,
  sendingOf,
  storedHash,
  type Sending,
} from './sending.ts'

const rounds = 30
const atOnce = 6
const mostBytes = 2_000_000
const longestMs = 900
const dayMs = 86_400_000

interface Upload {
  sending: Sending
  hash: string
  /** Of a resumable one that was begun. */
  where?: string
  acknowledged: boolean
  /** Whether its sender comes back. */
  goesOn: boolean
}

interface Tally {
  acknowledged: number
  torn: number
  resumed: number
  unfinished: number
  /** Bytes that were there already when an upload went on. */
  kept: number
}

export const killRoundsBench = async (): Promise<Row[]> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-killed-'))
  const tally: Tally = { acknowledged: 0, torn: 0, resumed: 0, unfinished: 0, kept: 0 }
  const all: Upload[] = []
  try {
    const port = await freePort()
    const env = { LOG_LEVEL: 'silent' }
    for (let round = 0; round < rounds; round += 1) {
      await using server = new ServerProcess({ port, dataDir, env })
      await server.start()
      const api = await signedIn(server.url)
      for (const upload of all.slice(-atOnce)) await comeBack(server.url, api, upload, tally)
      all.push(...(await interrupted(server, api)))
    }
    await using server = new ServerProcess({ port, dataDir, env })
    await server.start()
    const api = await signedIn(server.url)
    for (const upload of all.slice(-atOnce)) await comeBack(server.url, api, upload, tally)
    for (const { acknowledged, sending, hash } of all) {
      if (!acknowledged) continue
      tally.acknowledged += 1
      if ((await storedHash(server.url, api, sending.clientItemId)) !== hash) tally.torn += 1
    }
    await server.stop('SIGTERM')
    return rowsOf(tally, await leftAfterSweeping(dataDir, all))
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

const signedIn = async (url: string): Promise<ApiCaller> => {
  const api = new ApiCaller(url)
  await api.signIn('amelia.vet', 'Demo-Practice-2026')
  return api
}

/** Sends several at once until the server is killed. */
const interrupted = async (server: ServerProcess, api: ApiCaller): Promise<Upload[]> => {
  const animalId = await anAnimal(api)
  const uploads = Array.from({ length: atOnce }, (_, i): Upload => {
    const bytes = pictureOf(1000 + Math.floor(Math.random() * mostBytes))
    const hash = createHash('sha256').update(bytes).digest('hex')
    return { sending: sendingOf(animalId, bytes), hash, acknowledged: false, goesOn: i % 3 !== 0 }
  })
  const running = uploads.map(async (upload, i) => {
    if (i % 2 === 0) await byMultipart(server.url, api, upload.sending)
    else {
      upload.where = await beginTus(server.url, api, upload.sending)
      await continueTus(upload.where, api, upload.sending, 0)
    }
    upload.acknowledged = true
  })
  const settled = Promise.allSettled(running)
  await pause(Math.random() * longestMs)
  await server.stop('SIGKILL')
  await settled
  return uploads
}

/** What was not acknowledged is sent again whole, or goes on from where the server says. */
const comeBack = async (url: string, api: ApiCaller, upload: Upload, tally: Tally): Promise<void> => {
  if (upload.acknowledged) return
  tally.unfinished += 1
  if (!upload.goesOn) return
  const { sending } = upload
  if (upload.where === undefined) await byMultipart(url, api, sending)
  else {
    const offset = await offsetOf(upload.where, api)
    if (offset === undefined) throw new Error('A begun upload is gone')
    tally.kept += offset
    if (offset < sending.size) await continueTus(upload.where, api, sending, offset)
  }
  upload.acknowledged = true
  tally.resumed += 1
}

/** Files that are there after ten days though no document names them, and those missing that one does. */
const leftAfterSweeping = async (dataDir: string, all: readonly Upload[]): Promise<number> => {
  const config = readConfig({ DATA_DIR: dataDir }, ['--demo'])
  const now = () => Date.now() + 10 * dayMs
  await using context = await openContext(config, { log: pino({ level: 'silent' }), now })
  await sweepDocuments(context)
  const { db } = await context.groups.get(1)
  const named = new Set<string>()
  for (const { sending, hash } of all) if (await db.get(`document:${sending.clientItemId}`)) named.add(hash)
  const entries = await readdir(path.join(dataDir, 'files'), { recursive: true, withFileTypes: true })
  const held = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  return held.filter((name) => !named.has(name)).length + [...named].filter((h) => !held.includes(h)).length
}

const rowsOf = (tally: Tally, left: number): Row[] => {
  const { acknowledged, torn, resumed, unfinished, kept } = tally
  const what = `killed ${rounds} times while documents arrive`
  return [
    {
      ...{ what: `${what}: acknowledged but not whole`, value: torn, unit: `of ${acknowledged}` },
      ...{ asked: 'none', met: torn === 0 },
    },
    {
      ...{ what: `${what}: went on or sent again`, value: resumed, unit: `of ${unfinished} unfinished` },
    },
    { what: `${what}: bytes that were there already when an upload went on`, value: kept / 1e6, unit: 'MB' },
    {
      ...{ what: `${what}: files that nobody names, after the sweep`, value: left, unit: 'files' },
      ...{ asked: 'none', met: left === 0 },
    },
  ]
}
