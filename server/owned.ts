/** Resources that belong together, closed in the reverse order of their opening (Node 20 has no AsyncDisposableStack). */
export class Owned implements AsyncDisposable {
  readonly #resources: AsyncDisposable[] = []

  /** Takes a resource over and returns it. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#resources.push(resource)
    return resource
  }

  /** Runs `action` when its turn to be closed comes. */
  defer(action: () => Promise<void>): void {
    this.#resources.push({ [Symbol.asyncDispose]: action })
  }

  /** Closes all; one failure does not keep the others open. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (let resource = this.#resources.pop(); resource; resource = this.#resources.pop()) {
      try {
        await resource[Symbol.asyncDispose]()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be closed')
  }
}
