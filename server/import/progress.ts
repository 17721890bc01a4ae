/** How far an import is: the share of the file, the rate, the time left. */

/** Where progress is shown; process.stderr is one. */
export interface ProgressOutput {
  write(text: string): unknown
  isTTY?: boolean
}

export interface ProgressOptions {
  output: ProgressOutput
  /** ms since the epoch */
  now: () => number
  label: string
  /** Undefined where nobody knows. */
  totalBytes: number | undefined
  /** What is counted; rows where it is left out. */
  unit?: string
}

/** How far the file is done. */
export interface ProgressState {
  rows: number
  bytes: number
}

const intervalMs = 1000

/** A number of seconds as a person says it: `42 s`, `3 min 05 s`, `2 h 10 min`. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const two = (value: number): string => String(value).padStart(2, '0')
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** A count with its thousands apart. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-GB')

/** One file's progress line: rewritten in place on a terminal, else a line a second at most. */
export class Progress {
  readonly #options: ProgressOptions
  readonly #startedAt: number
  #shownAt: number
  #width = 0

  constructor(options: ProgressOptions) {
    this.#options = options
    this.#startedAt = options.now()
    this.#shownAt = this.#startedAt
  }

  /** Shows where the file is, if the last showing is a second ago. */
  show(state: ProgressState): void {
    const now = this.#options.now()
    if (now - this.#shownAt < intervalMs) return
    this.#shownAt = now
    this.#write(this.line(state))
  }

  /** Ends the line on a terminal. */
  end(): void {
    if (this.#options.output.isTTY && this.#width > 0) this.#options.output.write('\n')
    this.#width = 0
  }

  /** The line for a state, at this time. */
  line({ rows, bytes }: ProgressState): string {
    const { label, totalBytes, now, unit = 'rows' } = this.#options
    const seconds = Math.max(0.001, (now() - this.#startedAt) / 1000)
    const done = `${count(rows)} ${unit}, ${count(rows / seconds)} ${unit}/s`
    if (totalBytes === undefined) return `${label}: ${done}`
    const share = totalBytes > 0 ? Math.min(1, bytes / totalBytes) : 1
    const left = share > 0 ? duration((seconds / share) * (1 - share)) : 'unknown time'
    return `${label}: ${Math.floor(share * 100)} %, ${done}, ${left} left`
  }

  #write(line: string): void {
    const { output } = this.#options
    if (!output.isTTY) return void output.write(`${line}\n`)
    output.write(`\r${line.padEnd(this.#width)}`)
    this.#width = line.length
  }
}
