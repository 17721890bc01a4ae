/** How far a follower of changes is behind them, as far as its process knows. */
export class Lag {
  /** Since when (`performance.now()`) there is a change that nobody follows yet. */
  #noticedAt: number | undefined
  /** The same of those that are being followed, or could not be. */
  #followingSince: number | undefined

  /** There is a change. */
  notice(): void {
    this.#noticedAt ??= performance.now()
  }

  /** The changes noticed so far are followed from now on. */
  begin(): void {
    this.#followingSince ??= this.#noticedAt
    this.#noticedAt = undefined
  }

  /** There is more to follow than one step takes, noticed or not: so it is where all begins anew. */
  more(): void {
    this.#followingSince ??= performance.now()
  }

  /** What `begin` began is done. Not to be called after a failure: the changes still wait. */
  end(): void {
    this.#followingSince = undefined
  }

  /** How long the oldest change has waited; ms. */
  get ms(): number {
    const since = this.#followingSince ?? this.#noticedAt
    return since === undefined ? 0 : performance.now() - since
  }
}
