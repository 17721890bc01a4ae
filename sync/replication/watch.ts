import type { Turn } from './call.ts'
import { ProtocolError } from './errors.ts'
import type { Replica } from './replica.ts'

const LOOK_EVERY = 1000

/** Whether the client may still see what it could when it asked. */
export const stands = async ({ stands }: Pick<Replica, 'stands'>): Promise<boolean> =>
  (await stands?.()) ?? true

/** @throws ProtocolError where it may not: what goes out of an answer that has begun is broken off */
export async function requireStanding({ db }: Pick<Turn, 'db'>): Promise<void> {
  if (!(await stands(db))) throw new ProtocolError(401, 'unauthorized', 'You are not signed in any more.')
}

/** Looks after the client of a feed while it waits: the signal is aborted when it may not listen any more. */
export class Watch implements Disposable {
  readonly #over = new AbortController()
  readonly #timer: NodeJS.Timeout | undefined

  constructor(db: Pick<Replica, 'stands'>) {
    if (!db.stands) return
    const look = (): void => {
      // Of what cannot be looked up nothing is known, and it is asked again.
      stands(db).then(
        (may) => may || this.#over.abort(),
        () => undefined,
      )
    }
    this.#timer = setInterval(look, LOOK_EVERY).unref()
  }

  get over(): AbortSignal {
    return this.#over.signal
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
