/**
 * A vet's day, end to end: import, two devices, a day without signal, a server killed in the middle of the first
 * upload, and everything that either vet entered found again, once.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Device } from '../support/device.ts'
import { freePort, ServerProcess } from '../support/server-process.ts'
import { ApiCaller } from './api-caller.ts'
import { findDay, type Day } from './day.ts'
import { filesToImport } from './files.ts'
import { verify } from './verify.ts'
import { work, type Entered } from './work.ts'

const password = 'Demo-Practice-2026'

export interface Told {
  say: (line: string) => void
}

/** Runs the day and checks it; rejects with what did not hold. */
export const vetsDay = async ({ say }: Told): Promise<void> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vets-day-'))
  try {
    await using server = new ServerProcess({ port: await freePort(), dataDir })
    await server.start()
    say(`The server answers at ${server.url}.`)
    await importFiles(dataDir, say)
    const api = new ApiCaller(server.url)
    await api.signIn('amelia.vet', password)
    const day = await findDay(api)
    say(
      `Booked for today at site 1: ${day.theirs.map((a) => a.name).join(', ')}; and ${day.shared.name} for both.`,
    )
    await using amelia = new Device(server.url, 'amelia.vet')
    await using ben = new Device(server.url, 'ben.vet')
    await takeAlong(amelia, ben, say)
    const entered = await workOffline(amelia, ben, day, say)
    await killedWhileUploading(server, amelia, say)
    await comeBack(amelia, ben, say)
    await verify({ api, amelia, ben, day, entered, say })
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

const importFiles = async (dataDir: string, say: Told['say']): Promise<void> => {
  const files = await filesToImport(dataDir)
  say(files.told)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'server/import/cli.ts', '--group', '1', '--site', '1'].concat([
      '--animals',
      files.animals,
      '--price-list',
      files.priceList,
    ]),
    { env: { ...process.env, DATA_DIR: dataDir }, maxBuffer: 64 * 1024 * 1024 },
  )
  for (const line of stdout.trim().split('\n')) say(`  ${line}`)
}

const takeAlong = async (amelia: Device, ben: Device, say: Told['say']): Promise<void> => {
  // One after the other: what is measured is a device, not two fighting for two cores.
  for (const [name, device] of [
    ['Amelia', amelia],
    ['Ben', ben],
  ] as const) {
    const started = Date.now()
    await device.do('signIn', { password })
    await device.do('sync', undefined)
    const animals = await device.do('count', { collection: 'animals' })
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    say(`${name} signs in and takes the day along: ${animals} animals on the device after ${seconds} s.`)
    assert.ok(animals > 0, 'animals are on the device')
  }
}

const workOffline = async (amelia: Device, ben: Device, day: Day, say: Told['say']): Promise<Entered[]> => {
  await amelia.do('setOffline', true)
  await ben.do('setOffline', true)
  say('Both drive off. No signal.')
  await assert.rejects(amelia.do('sync', undefined), 'a sync without signal says so')
  const entered = [
    await work({ device: amelia, who: 'Amelia', day, own: day.theirs[0], weight: 31_400, photo: true }),
    await work({ device: ben, who: 'Ben', day, own: day.theirs[1], weight: 30_900, photo: false }),
  ]
  for (const { lines } of entered) for (const line of lines) say(line)
  return entered
}

const killedWhileUploading = async (
  server: ServerProcess,
  device: Device,
  say: Told['say'],
): Promise<void> => {
  await device.do('setOffline', false)
  const uploading = device.uploading()
  const syncing = device.do('sync', undefined).then(
    () => 'came through',
    () => 'was cut off',
  )
  await uploading
  await server.stop('SIGKILL')
  say(
    `Amelia has signal and uploads; the server is killed (kill -9) in the middle: her sync ${await syncing}.`,
  )
  await server.start()
  say('The server is started again on the same data.')
}

const comeBack = async (amelia: Device, ben: Device, say: Told['say']): Promise<void> => {
  await ben.do('setOffline', false)
  // Twice each: the first brings everybody's work in, the second brings it to everybody.
  for (const [name, device] of [
    ['Amelia', amelia],
    ['Ben', ben],
    ['Amelia', amelia],
    ['Ben', ben],
  ] as const) {
    const report = await device.do('sync', undefined)
    say(`${name} syncs: ${JSON.stringify(report)}`)
  }
}
