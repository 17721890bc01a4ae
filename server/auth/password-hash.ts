/** Password hashes: scrypt (RFC 7914) with its parameters beside the hash, a few at a time. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** scrypt's N (log2), r and p. */
export interface PasswordCost {
  logN: number
  r: number
  p: number
}

export interface PasswordHash extends PasswordCost {
  salt: string
  hash: string
}

/** OWASP's minimum for scrypt in 32 MB of memory. */
export const defaultCost: PasswordCost = { logN: 15, r: 8, p: 3 }

/** For the demo, whose password everybody knows: its start should not wait for seven hashes. */
export const demoCost: PasswordCost = { logN: 12, r: 8, p: 1 }

const hashBytes = 32

const derive = (password: string, salt: Buffer, { logN, r, p }: PasswordCost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r }
    scrypt(password.normalize('NFKC'), salt, hashBytes, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })

export const hashPassword = async (password: string, cost: PasswordCost): Promise<PasswordHash> => {
  const salt = randomBytes(16)
  const key = await derive(password, salt, cost)
  return { ...cost, salt: salt.toString('base64'), hash: key.toString('base64') }
}

/** scrypt fills a password up with NULs, so that one with NULs at its end would do for the one without. */
const hasNul = (password: string): boolean => password.includes('\u0000')

export const passwordMatches = async (password: string, stored: PasswordHash): Promise<boolean> => {
  const expected = Buffer.from(stored.hash, 'base64')
  const key = await derive(password, Buffer.from(stored.salt, 'base64'), stored)
  return expected.length === key.length && timingSafeEqual(expected, key) && !hasNul(password)
}

/** Something to compare with where there is no such user: takes as long, and never matches. */
export const dummyHash = (cost: PasswordCost): PasswordHash => ({
  ...cost,
  salt: randomBytes(16).toString('base64'),
  hash: randomBytes(hashBytes).toString('base64'),
})

/** Runs at most `limit` actions at once; the others wait in line. */
export class Gate {
  readonly #limit: number
  readonly #maxWaiting: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(options: { limit: number; maxWaiting: number }) {
    this.#limit = options.limit
    this.#maxWaiting = options.maxWaiting
  }

  /** Whether so many wait that one more would wait too long. */
  get full(): boolean {
    return this.#waiting.length >= this.#maxWaiting
  }

  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running += 1
    try {
      return await action()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}
