/**
 * Pulling and pushing one collection take turns. RxDB leaves a pulled row alone while the record has unsent edits,
 * and takes the push's answer instead. A pull that ran beside an upload could bring a state newer than that answer,
 * be left alone, and never come again: so no pull is asked for between an upload and the writing of its answer.
 */
export class Turns {
  #pulls = 0
  #pushes = 0
  #waiting: (() => void)[] = []

  /** Takes a pull's turn; resolves with what gives it back. */
  async pull(): Promise<() => void> {
    while (this.#pushes > 0) await this.#change()
    this.#pulls += 1
    return this.#once(() => (this.#pulls -= 1))
  }

  /** Takes a push's turn; several pushes may share it. */
  async push(): Promise<() => void> {
    while (this.#pulls > 0) await this.#change()
    this.#pushes += 1
    return this.#once(() => (this.#pushes -= 1))
  }

  #once(giveBack: () => void): () => void {
    let done = false
    return () => {
      if (done) return
      done = true
      giveBack()
      for (const go of this.#waiting.splice(0)) go()
    }
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}
