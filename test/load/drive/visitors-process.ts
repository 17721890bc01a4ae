/** A share of the simulated devices and web sites, in a process of its own. For main.ts, by IPC. */
import { once, setMaxListeners } from 'node:events'
import { deviceDay } from './device-day.ts'
import { Recorder } from './recorder.ts'
import { webSide } from './web-side.ts'

/** What the parent says first. */
export interface Share {
  url: string
  /** Numbers of the devices. */
  devices: number[]
  sites: number
}

// Whoever asked is gone: nobody is left to tell.
process.once('disconnect', () => process.exit())
const [share] = (await once(process, 'message')) as [Share]
const ending = new AbortController()
const { signal } = ending
setMaxListeners(0, signal)
const recorder = new Recorder()
const { url, devices, sites } = share
const all = Promise.all([
  ...devices.map((number) => deviceDay({ url, recorder, number, signal })),
  ...Array.from({ length: sites }, (_, number) => webSide({ url, recorder, number, signal })),
])
await Promise.race([once(process, 'message'), all])
ending.abort()
await all
// What was recorded is large: the channel is closed when all of it has gone.
process.send?.(recorder.recorded, undefined, undefined, () => process.disconnect())
