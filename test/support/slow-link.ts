/** One direction of a slow link: all connections share its bandwidth, piece by piece, and each piece is late. */

export interface Link {
  roundTripMs: number
  /** In each direction, over all connections. */
  bytesPerSecond: number
}

/** What benches take for a farm's yard: two bars of signal. */
export const fieldLink: Link = { roundTripMs: 200, bytesPerSecond: 250_000 }

/** Small enough that two connections go side by side, large enough that timers keep up. */
const pieceBytes = 4096
/** What a late timer does not cost the link (ms). */
const timerSlackMs = 5
/** What one connection may have under way before its sender is told to wait. */
const inFlightBytes = 64 * 1024

const until = (at: number): Promise<void> => {
  const left = at - performance.now()
  return left <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, left))
}

export class SlowDirection {
  readonly #link: Link
  #freeAt = 0

  constructor(link: Link) {
    this.#link = link
  }

  /** Resolves when so many bytes have left; who asks one after the other shares the link fairly. */
  async leave(bytes: number): Promise<void> {
    const from = Math.max(this.#freeAt, performance.now() - timerSlackMs)
    this.#freeAt = from + (bytes / this.#link.bytesPerSecond) * 1000
    await until(this.#freeAt)
  }
}

interface LaneOptions {
  roundTripMs: number
  /** When the first byte may leave: the handshake takes its round trip. */
  startsAt: number
  /** Resolves when the reader has taken the piece. */
  deliver: (piece: Buffer) => Promise<void>
}

/** One connection's bytes in one direction. */
export class Lane {
  readonly #direction: SlowDirection
  readonly #options: LaneOptions
  #left: Promise<void> = Promise.resolve()
  #arrived: Promise<void> = Promise.resolve()
  #underWay = 0
  #room: (() => void) | undefined

  constructor(direction: SlowDirection, options: LaneOptions) {
    this.#direction = direction
    this.#options = options
  }

  /** Sends a chunk. Resolves when there is room for more. */
  async send(chunk: Buffer): Promise<void> {
    this.#underWay += chunk.length
    this.#left = this.#left.then(() => this.#leave(chunk))
    if (this.#underWay > inFlightBytes) await new Promise<void>((resolve) => (this.#room = resolve))
  }

  async #leave(chunk: Buffer): Promise<void> {
    const { startsAt, roundTripMs } = this.#options
    await until(startsAt)
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const piece = chunk.subarray(at, at + pieceBytes)
      await this.#direction.leave(piece.length)
      const due = performance.now() + roundTripMs / 2
      this.#arrived = this.#arrived.then(() => until(due)).then(() => this.#arrive(piece))
    }
  }

  async #arrive(piece: Buffer): Promise<void> {
    await this.#options.deliver(piece)
    this.#underWay -= piece.length
    if (this.#underWay <= inFlightBytes) this.#room?.()
  }

  /** Resolves when everything that was sent has arrived. */
  async drained(): Promise<void> {
    await this.#left
    await this.#arrived
  }
}
