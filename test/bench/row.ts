/** One measured figure. */
export interface Row {
  what: string
  value: number
  unit: string
  /** What an issue asked, in words. */
  asked?: string
  met?: boolean
  /** The same measured on something else in the same run. */
  peer?: { what: string; value: number }
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Milliseconds that `work` takes. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** The median of `rounds` timings of `work`, in milliseconds; what `prepare` does for a round does not count. */
export const medianOf = async <T = void>(
  rounds: number,
  work: (prepared: T) => Promise<unknown>,
  prepare: () => T | Promise<T> = () => undefined as T,
): Promise<number> => {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const prepared = await prepare()
    times.push(await timed(() => work(prepared)))
  }
  return median(times)
}
