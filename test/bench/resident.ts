import { readFile } from 'node:fs/promises'

/**
 * A process's resident memory in MB, as Linux tells it.
 * @param which now (`VmRSS`), or the highest it has been (`VmHWM`)
 */
export const residentMb = async (
  pid: number | undefined,
  which: 'VmRSS' | 'VmHWM' = 'VmRSS',
): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${which}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024
}
