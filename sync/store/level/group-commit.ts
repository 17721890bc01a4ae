import { StoreUnavailable } from '../port.ts'

interface Waiting<Job, Result> {
  job: Job
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Gathers jobs that come while one batch is being synced into the next one. A sync costs about a millisecond whatever
 * it carries: one for each job makes 1,000 writes a second, one for all that wait makes tens of thousands.
 */
export class GroupCommit<Job, Result> {
  readonly #commit: (jobs: readonly Job[]) => Promise<Result[]>
  readonly #sizeOf: (job: Job) => number
  readonly #limit: number
  #waiting: Waiting<Job, Result>[] = []
  #running = false

  /**
   * @param options.commit does all jobs or none, in their order
   * @param options.limit the size of jobs at which a batch is full; a larger job makes a batch of its own
   */
  constructor(options: {
    commit: (jobs: readonly Job[]) => Promise<Result[]>
    sizeOf: (job: Job) => number
    limit: number
  }) {
    this.#commit = options.commit
    this.#sizeOf = options.sizeOf
    this.#limit = options.limit
  }

  /** Resolves when the job is done and on disk. */
  add(job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      if (this.#running) return
      this.#running = true
      // Not at once: callers of this turn of the event loop shall come along.
      queueMicrotask(() => void this.#run())
    })
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#cycle(this.#take())
    this.#running = false
  }

  #take(): Waiting<Job, Result>[] {
    let size = 0
    let count = 0
    for (const { job } of this.#waiting) {
      size += this.#sizeOf(job)
      if (count > 0 && size > this.#limit) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #cycle(batch: Waiting<Job, Result>[]): Promise<void> {
    try {
      const results = await this.#commit(batch.map(({ job }) => job))
      batch.forEach(({ resolve, reject }, at) => {
        const result = results[at]
        if (result === undefined) reject(new RangeError('A job of the batch has no result.'))
        else resolve(result)
      })
    } catch (error) {
      if (error instanceof StoreUnavailable || batch.length === 1)
        for (const { reject } of batch) reject(error)
      // A fault in one job is not the others' fault: each alone, so that only the guilty one fails.
      else for (const waiting of batch) await this.#cycle([waiting])
    }
  }
}
