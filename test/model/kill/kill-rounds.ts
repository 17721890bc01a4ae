/** `kill -9` at random points of uploads: what was acknowledged stands, what is sent again stands once (I3, I9). */
import { expect } from 'chai'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { demoPassword } from '../../../server/demo/practice.ts'
import { freePort, ServerProcess } from '../../support/server-process.ts'
import { ApiCaller, type Json } from '../../vets-day/api-caller.ts'
import { randomOf } from './random.ts'
import { Uploader, type Expected } from './uploader.ts'

const devices = 4
/** A round's kill comes within this time of its first upload (ms). */
const killWithinMs = 400

const done = new Set(['CREATED', 'UPDATED', 'MERGED', 'DUPLICATE'])

export interface KillRoundsOptions {
  rounds: number
  seed: number
  /** Told after each round. */
  onRound?: (round: number, acknowledged: number) => void
}

/** @throws AssertionError where a law is broken */
export const killRounds = async ({ rounds, seed, onRound }: KillRoundsOptions): Promise<void> => {
  const random = randomOf(seed)
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-killed-'))
  const server = new ServerProcess({ port: await freePort(), dataDir })
  const expected: Expected[] = []
  try {
    await server.start()
    for (let round = 0; round < rounds; round += 1) {
      const uploaders = await uploadUntilKilled(server, { round, random })
      await server.start()
      const caller = await callerOf(server)
      for (const uploader of uploaders) {
        uploader.use((where, body) => caller.post(where, body))
        await sendAgain(uploader)
      }
      expected.push(...uploaders.flatMap((uploader) => uploader.expected))
      await check(caller, expected, round)
      onRound?.(round, expected.length)
    }
  } finally {
    await server[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  }
}

const callerOf = async (server: ServerProcess): Promise<ApiCaller> => {
  const caller = new ApiCaller(server.url)
  await caller.signIn('amelia.vet', demoPassword)
  return caller
}

const uploadUntilKilled = async (
  server: ServerProcess,
  { round, random }: { round: number; random: (below: number) => number },
): Promise<Uploader[]> => {
  const caller = await callerOf(server)
  const post = (where: string, body: Json): Promise<Json> => caller.post(where, body)
  const uploaders = Array.from({ length: devices }, (_, n) => new Uploader(`Killed ${round}.${n}`, post))
  const working = uploaders.map((uploader) => uploader.work(random).catch(isCut))
  await new Promise((resolve) => setTimeout(resolve, random(killWithinMs)))
  await server.stop('SIGKILL')
  await Promise.all(working)
  return uploaders
}

/** An upload ends because nobody answers, and for no other reason. */
const isCut = (error: unknown): void => {
  if (!(error instanceof TypeError)) throw error
}

/** The open batch as a device sends it again, and one that was answered, as a network may repeat it. */
const sendAgain = async (uploader: Uploader): Promise<void> => {
  const last = uploader.answered.at(-1)
  if (last) for (const { outcome } of await uploader.post(last)) expect(outcome).to.equal('DUPLICATE')
  if (!uploader.open) return
  for (const result of await uploader.post(uploader.open))
    expect(done.has(result.outcome), JSON.stringify(result)).to.equal(true)
  for (const { outcome } of await uploader.post(uploader.open)) expect(outcome).to.equal('DUPLICATE')
}

const marks = {
  clients: (one: Json) => one['lastName'],
  animals: (one: Json) => one['name'],
  treatments: (one: Json) => one['notes'],
} as const

/** Everything is there, says what it should, and there is nothing else of these devices. */
const check = async (caller: ApiCaller, expected: readonly Expected[], round: number): Promise<void> => {
  for (const collection of ['clients', 'animals', 'treatments', 'payments'] as const) {
    const all = await caller.pullAll(collection)
    const byId = new Map(all.map((one) => [String(one['id']), one]))
    const meant = expected.filter((one) => one.collection === collection)
    for (const { id, values, edits } of meant) {
      const where = `${collection} ${id} after round ${round}`
      const record = byId.get(id)
      expect(record, where).to.deep.include(values)
      const held = (record?.['recentEdits'] ?? []) as string[]
      expect([...held].sort(), `edits of ${where}`).to.deep.equal([...edits].sort())
    }
    const ids = new Set(meant.map(({ id }) => id))
    const clientIds = new Set(expected.filter((one) => one.collection === 'clients').map(({ id }) => id))
    const ours = all.filter((one) =>
      collection === 'payments'
        ? clientIds.has(String(one['clientId']))
        : String(marks[collection](one)).startsWith('Killed '),
    )
    expect(
      ours.map(({ id }) => String(id)).filter((id) => !ids.has(id)),
      `${collection} that nobody made`,
    ).to.deep.equal([])
  }
}
