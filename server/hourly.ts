/** Work that is done once an hour beside everything else; disposing waits for what is under way. */
import type { Logger } from 'pino'

const hourMs = 3_600_000

export const hourly = (log: Logger, failure: string, work: () => Promise<unknown>): AsyncDisposable => {
  let underWay: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    underWay = work().catch((error: unknown) => log.error({ err: error }, failure))
  }, hourMs)
  timer.unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await underWay
    },
  }
}
