/** The memory of another process of this machine, by /proc (Linux). */
import { readFile, writeFile } from 'node:fs/promises'

const mebibyte = 2 ** 20

const field = async (pid: number, name: string): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / mebibyte
}

/** Resident memory now, in MiB. */
export const residentOf = (pid: number): Promise<number> => field(pid, 'VmRSS')

/** The most resident memory (MiB) that a process had while `work` ran, as the kernel counts it. */
export const peakOf = async (pid: number, work: () => Promise<unknown>): Promise<number> => {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
  await work()
  return await field(pid, 'VmHWM')
}
