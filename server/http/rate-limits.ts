/**
 * How many requests a minute an address, an API key and a user may make. Each server counts what comes to it; what
 * others have counted it learns from the store every few seconds (shared-counts.ts), so that no request waits for the
 * store. Answers carry the fields of draft-ietf-httpapi-ratelimit-headers-10.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { KeyIdentity, UserIdentity } from '../auth/identity.ts'
import type { RateLimitKind, RateLimitSettings } from '../edge-settings.ts'
import type { Head } from './head.ts'
import { ProblemError } from './problem.ts'

/** What of a caller's count others have to hear of: from here on several servers together may be too much. */
const noteworthy = 0.1

/** Requests of one caller in the window that is running here. */
export interface Count {
  kind: RateLimitKind
  id: string
  /** Those that came to this server. */
  own: number
  /** ms since the epoch */
  endsAt: number
}

interface Limiter {
  limit: number
  policy: string
  memory: RateLimiterMemory
  /** Those of other servers that are counted in already, by id, and until when. */
  others: Map<string, { added: number; endsAt: number }>
  heavy: Map<string, Count>
}

export interface RateLimitsOptions {
  limits: RateLimitSettings
  windowSeconds?: number
}

export class RateLimits {
  readonly #limiters = new Map<RateLimitKind, Limiter>()

  constructor({ limits, windowSeconds = 60 }: RateLimitsOptions) {
    for (const kind of ['address', 'key', 'user'] as const) {
      const limit = limits[kind]
      if (limit === 0) continue
      this.#limiters.set(kind, {
        ...{ limit, policy: `"${kind}";q=${limit};w=${windowSeconds}` },
        memory: new RateLimiterMemory({ points: limit, duration: windowSeconds }),
        ...{ others: new Map(), heavy: new Map() },
      })
    }
  }

  /**
   * Counts a request by where it comes from.
   * @throws ProblemError RATE_LIMITED
   */
  async ofAddress(address: string, head: Head): Promise<void> {
    await this.#take('address', address, head)
  }

  /**
   * Counts a request by its key and its user. An app key is public: whoever has taken it out of an app would shut all
   * others out, so it counts for each address apart, and not where a user stands behind the request.
   * @throws ProblemError RATE_LIMITED
   */
  async ofCaller(
    { key, user }: { key?: KeyIdentity | undefined; user?: Pick<UserIdentity, 'userId'> | undefined },
    address: string,
    head: Head,
  ): Promise<void> {
    if (user) await this.#take('user', user.userId, head)
    if (!key || (user && key.kind === 'app')) return
    const id = `${key.accountId} ${key.keyId}`
    await this.#take('key', key.kind === 'app' ? `${id} ${address}` : id, head)
  }

  /** The callers that others have to hear of. */
  noted(now: number): Count[] {
    return [...this.#limiters.values()].flatMap(({ heavy }) => {
      for (const [id, { endsAt }] of heavy) if (endsAt <= now) heavy.delete(id)
      return [...heavy.values()]
    })
  }

  /** Counts in what came to other servers. */
  async add(kind: RateLimitKind, id: string, count: number, endsAt: number): Promise<void> {
    const limiter = this.#limiters.get(kind)
    if (!limiter || count <= 0) return
    const now = Date.now()
    for (const [old, known] of limiter.others) if (known.endsAt <= now) limiter.others.delete(old)
    const { msBeforeNext } = await limiter.memory.penalty(id, count)
    const before = limiter.others.get(id)
    limiter.others.set(id, {
      added: (before?.added ?? 0) + count,
      endsAt: Math.max(endsAt, now + msBeforeNext),
    })
  }

  async #take(kind: RateLimitKind, id: string, head: Head): Promise<void> {
    const limiter = this.#limiters.get(kind)
    if (!limiter) return
    const state = await limiter.memory.consume(id).catch((refusal: unknown) => {
      if (refusal instanceof RateLimiterRes) return refusal
      throw refusal
    })
    note(limiter, kind, id, state)
    tell(head, kind, limiter.policy, state)
    if (state.consumedPoints <= limiter.limit) return
    const per = kind === 'address' ? 'from this address' : kind === 'key' ? 'with this key' : 'of this user'
    throw new ProblemError('RATE_LIMITED', {
      detail: `There were more than ${limiter.limit} requests ${per} in a short time. Wait as long as Retry-After says.`,
      retryAfterSeconds: state.msBeforeNext / 1000,
    })
  }
}

const note = (
  { limit, others, heavy }: Limiter,
  kind: RateLimitKind,
  id: string,
  state: RateLimiterRes,
): void => {
  const now = Date.now()
  const known = others.get(id)
  const foreign = known && known.endsAt > now ? known.added : 0
  const own = state.consumedPoints - foreign
  if (own < limit * noteworthy) return
  heavy.set(id, { kind, id, own: Math.min(own, limit + 1), endsAt: now + state.msBeforeNext })
}

/** The fields so far, of an answer. */
const told = Symbol('rate limits')
type Telling = Head & { [told]?: { policy: string; left: string } }

/** `RateLimit-Policy`, `RateLimit`: one item for each limit that the request was counted by. */
const tell = (head: Telling, kind: RateLimitKind, policy: string, state: RateLimiterRes): void => {
  const left = `"${kind}";r=${state.remainingPoints};t=${Math.ceil(state.msBeforeNext / 1000)}`
  const before = head[told]
  const fields = before
    ? { policy: `${before.policy}, ${policy}`, left: `${before.left}, ${left}` }
    : { policy, left }
  head[told] = fields
  head.set('RateLimit-Policy', fields.policy)
  head.set('RateLimit', fields.left)
}
