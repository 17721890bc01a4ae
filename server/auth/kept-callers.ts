/**
 * The callers of a moment ago, so that a device's requests, of which many come at once, are not each looked up in six
 * documents. They are forgotten with the first change of the accounts that this server knows of, and after a second in
 * any case: what ends by the clock alone ends with it.
 */
import type { AccountCache } from './account-cache.ts'
import type { Caller, GivenTokens } from './identity.ts'

const keepMs = 1000
const maxKept = 5000

interface Kept {
  caller: Caller
  /** ms since the epoch */
  at: number
}

/** The token of the key, or the access token in its place. */
const firstOf = ({ apiToken, bearer }: GivenTokens): string => apiToken || `Bearer ${bearer ?? ''}`

export interface KeptCallersOptions {
  cache: Pick<AccountCache, 'version'>
  now: () => number
}

export class KeptCallers {
  readonly #options: KeptCallersOptions
  /** By the token of the key, then that of the user; '' for none. */
  readonly #callers = new Map<string, Map<string, Kept>>()
  #count = 0
  #version = -1

  constructor(options: KeptCallersOptions) {
    this.#options = options
  }

  get(tokens: GivenTokens): Caller | undefined {
    const { cache, now } = this.#options
    if (cache.version !== this.#version) return undefined
    const kept = this.#callers.get(firstOf(tokens))?.get(tokens.userToken ?? '')
    const age = kept ? now() - kept.at : -1
    return age >= 0 && age < keepMs ? kept?.caller : undefined
  }

  /** Finds out who it is, and keeps it where the accounts have not changed meanwhile. */
  async find(tokens: GivenTokens, identify: () => Promise<Caller>): Promise<Caller> {
    const { cache, now } = this.#options
    const [version, at] = [cache.version, now()]
    const caller = await identify()
    if (cache.version === version) this.#keep(tokens, { caller, at }, version)
    return caller
  }

  #keep(tokens: GivenTokens, kept: Kept, version: number): void {
    if (version !== this.#version || this.#count >= maxKept) {
      this.#callers.clear()
      this.#count = 0
      this.#version = version
    }
    const first = firstOf(tokens)
    const ofKey = this.#callers.get(first) ?? new Map<string, Kept>()
    this.#callers.set(first, ofKey)
    ofKey.set(tokens.userToken ?? '', kept)
    this.#count += 1
  }
}
