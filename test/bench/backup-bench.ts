/** A backup of 100,000 documents and 1 GB of files beside a plain copy with digests, and its restore. */
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import { openDiskStorage } from '../../uploads/storage/disk.ts'
import { residentMb } from './resident.ts'
import type { Row } from './row.ts'

const documents = 100_000
const files = 500
const fileBytes = 2_000_000
const batch = 1000

const treatment = (n: number) => ({
  ...{ _id: `treatment:${randomUUID()}`, type: 'treatment', groupId: 1, siteIds: [1], schemaVersion: 1 },
  ...{ animalId: randomUUID(), code: `C${n % 500}`, quantity: String(n % 7), unitPrice: 1200 + (n % 900) },
  notes: `Left fore lame, hoof tester positive, poultice applied, seen again in ${n % 9} days`,
  ...{ treatedAt: '2026-10-01T09:10:00.000Z', createdAt: '2026-10-01T09:10:00.000Z', sent: randomUUID() },
})

const fill = async (dataDir: string): Promise<void> => {
  await using store = await openLevelStore({ dataDir })
  await (await store.database('accounts')).write([{ _id: 'account:1' }])
  const db = await store.database('group-1')
  for (let n = 0; n < documents; n += batch)
    await db.write(Array.from({ length: batch }, (_, at) => treatment(n + at)))
  await using storage = await openDiskStorage({ directory: path.join(dataDir, 'files') })
  for (let n = 0; n < files; n += 1) {
    const bytes = randomBytes(fileBytes)
    const staged = await storage.stage(1, bytesOf(bytes))
    await staged.commit()
  }
}

const bytesOf = async function* (bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  yield bytes
}

interface Ran {
  seconds: number
  peakMb: number
}

/** Runs a program to its end. */
const run = async (
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> => {
  const started = performance.now()
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
  let peakMb = 0
  const sampler = setInterval(() => {
    residentMb(child.pid, 'VmHWM').then(
      (mb) => (peakMb = Math.max(peakMb, mb)),
      () => undefined,
    )
  }, 50)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearInterval(sampler)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}`)
  return { seconds: (performance.now() - started) / 1000, peakMb }
}

const cli = (dataDir: string, ...args: string[]): Promise<Ran> =>
  run(process.execPath, ['--import', 'tsx', 'server/cli/cli.ts', ...args], { DATA_DIR: dataDir })

export const backupBench = async (): Promise<Row[]> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-backup-'))
  try {
    const [data, back, out] = ['data', 'back', 'backup'].map((name) => path.join(directory, name))
    if (!data || !back || !out) return []
    await fill(data)
    const made = await cli(data, 'backup', '--out', out)
    const restored = await cli(back, 'restore', out)
    const copy = path.join(directory, 'copy.tar')
    const peer = await run('sh', [
      '-c',
      `tar -cf "${copy}" -C "${data}" . && sync "${copy}" && sha256sum "${copy}"`,
    ])
    const unpacked = path.join(directory, 'unpacked')
    const unpack = `mkdir "${unpacked}" && tar -xf "${copy}" -C "${unpacked}" && sync "${unpacked}" && find "${unpacked}" -type f -exec sha256sum {} +`
    const peerBack = await run('sh', ['-c', unpack])
    const what = '100,000 documents and 1 GB of files'
    return [
      {
        ...{ what: `backup of ${what}, read back`, value: made.seconds, unit: 's' },
        ...{ asked: 'under 60', met: made.seconds < 60 },
        peer: { what: 'tar and sha256sum of the directory', value: peer.seconds },
      },
      {
        ...{ what: `restore of ${what}, compared`, value: restored.seconds, unit: 's' },
        ...{ asked: 'under 90', met: restored.seconds < 90 },
        peer: { what: 'tar -x and sha256sum of each file', value: peerBack.seconds },
      },
      { what: 'backup, peak memory', value: made.peakMb, unit: 'MB' },
      { what: 'restore, peak memory', value: restored.peakMb, unit: 'MB' },
    ]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
