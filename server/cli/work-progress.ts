/** How far a long command is: each part of its work with rate and time left, on a line that is written anew. */
import { Progress, type ProgressOutput } from '../import/progress.ts'

export class WorkProgress {
  readonly #output: ProgressOutput
  readonly #now: () => number
  #line: Progress | undefined
  #done = 0

  constructor(output: ProgressOutput, now: () => number) {
    this.#output = output
    this.#now = now
  }

  /** @param total of what `add` counts; undefined where nobody knows */
  begin(label: string, total: number | undefined, unit = 'documents'): void {
    this.#line?.end()
    this.#done = 0
    this.#line = new Progress({ output: this.#output, now: this.#now, label, totalBytes: total, unit })
  }

  add(count: number): void {
    this.#done += count
    this.#line?.show({ rows: this.#done, bytes: this.#done })
  }

  end(): void {
    this.#line?.end()
    this.#line = undefined
  }
}
