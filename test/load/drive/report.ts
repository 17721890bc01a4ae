/** From what the processes recorded to the figures. */
import type { Recorded } from './recorder.ts'
import type { Verdict } from './verify.ts'

/** The server's memory at one moment. */
export interface Memory {
  /** Since the load began. */
  seconds: number
  /** Resident, without mapped files. */
  ownBytes: number
  /** Resident of mapped files: the store's tables, as far as the system keeps them in its cache. */
  mappedBytes: number
}

export interface CallFigures {
  call: string
  count: number
  p50: number
  p95: number
  p99: number
  max: number
}

export interface MemoryFigures {
  /** Of the last four fifths of the load: medians of the first and the last quarter of it. */
  earlyBytes: number
  lateBytes: number
  growth: number
  /** Of a line through all of it. */
  bytesPerMinute: number
  flat: boolean
}

/** In nearest ranks; 0 where there is none. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

export const figuresOf = (call: string, times: readonly number[]): CallFigures => {
  const sorted = ascending(times)
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => percentile(sorted, share))
  return { call, count: sorted.length, p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 }
}

/** More than this is growth; less is a collector of garbage that takes its time. */
const mostGrowth = 0.1

/**
 * Whether memory stays what it is once everything has warmed up: the last four fifths of the load (of ten minutes the
 * last eight), the median of their last quarter beside that of their first.
 */
export const memoryFigures = (memory: readonly Memory[]): MemoryFigures => {
  const end = memory.at(-1)?.seconds ?? 0
  const settled = memory.filter(({ seconds }) => seconds >= end / 5)
  const quarter = Math.max(1, Math.floor(settled.length / 4))
  const median = (part: readonly Memory[]): number =>
    percentile(ascending(part.map(({ ownBytes }) => ownBytes)), 0.5)
  const earlyBytes = median(settled.slice(0, quarter))
  const lateBytes = median(settled.slice(-quarter))
  const growth = earlyBytes === 0 ? 0 : lateBytes / earlyBytes - 1
  return { earlyBytes, lateBytes, growth, bytesPerMinute: slopeOf(settled) * 60, flat: growth <= mostGrowth }
}

/** Bytes a second, by least squares. */
const slopeOf = (memory: readonly Memory[]): number => {
  const mean = (values: number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length
  const [x, y] = [mean(memory.map(({ seconds }) => seconds)), mean(memory.map(({ ownBytes }) => ownBytes))]
  const over = memory.reduce((sum, { seconds, ownBytes }) => sum + (seconds - x) * (ownBytes - y), 0)
  const under = memory.reduce((sum, { seconds }) => sum + (seconds - x) ** 2, 0)
  return under === 0 ? 0 : over / under
}

const added = (all: readonly Record<string, number>[]): Record<string, number> => {
  const sums: Record<string, number> = {}
  for (const each of all)
    for (const [key, count] of Object.entries(each)) sums[key] = (sums[key] ?? 0) + count
  return sums
}

const isUpload = (call: string): boolean => /^upload\w+Items$/.test(call)

export const reportOf = (parts: readonly Recorded[], memory: readonly Memory[], verdict: Verdict) => {
  const times = new Map<string, number[]>()
  for (const part of parts)
    for (const [call, some] of Object.entries(part.times))
      times.set(call, [...(times.get(call) ?? []), ...some])
  const uploads = [...times].filter(([call]) => isUpload(call)).flatMap(([, some]) => some)
  const failures = added(parts.map((part) => part.failures))
  const seconds = memory.at(-1)?.seconds ?? 0
  const requests = [...times.values()].reduce((sum, some) => sum + some.length, 0)
  return {
    requests,
    requestsPerSecond: seconds === 0 ? 0 : requests / seconds,
    failures,
    refusals: added(parts.map((part) => part.refusals)),
    uploads: figuresOf('uploads of items', uploads),
    calls: [...times].map(([call, some]) => figuresOf(call, some)).sort((a, b) => b.count - a.count),
    memory: { ...memoryFigures(memory), samples: memory },
    ...verdict,
  }
}

export type Report = ReturnType<typeof reportOf>

/** Milliseconds that one upload in a hundred may take longer than. */
const slowestUploadMs = 500

/** What is asked of a load, and whether it was met. */
export const judged = ({
  failures,
  lost,
  memory,
  uploads,
}: Report): [what: string, met: boolean, found: string][] => {
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0)
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
  return [
    ['no error', failed === 0, `${failed}`],
    ['no acknowledged write lost', lost.length === 0, `${lost.length}`],
    [`p99 of uploads under ${slowestUploadMs} ms`, uploads.p99 < slowestUploadMs, `${uploads.p99} ms`],
    [
      'memory flat once warm',
      memory.flat,
      `${megabytes(memory.earlyBytes)} → ${megabytes(memory.lateBytes)}, ${(memory.growth * 100).toFixed(1)} %`,
    ],
  ]
}
