/**
 * Questions to a PMS: somebody waits for the answer, and when nobody does any more nothing is left. A group has a few
 * places for them in the lane, used again and again, because documents that are made and removed leave traces in the
 * store for good.
 */
import { randomInt, randomUUID } from 'node:crypto'
import type {
  BridgeFailure,
  BridgeRequest,
  BridgeResult,
  BridgeWork,
  PmsAnswer,
} from '../contract/bridge-agent.ts'
import { askDocId, asksOf, type AskDoc } from './documents.ts'
import type { BridgeParts } from './parts.ts'

/** Questions of a group that may be under way at once. */
const places = 32

export type Outcome = { answer: PmsAnswer } | { failure: BridgeFailure } | 'busy' | 'late'

export class Asks {
  readonly #parts: BridgeParts

  constructor(parts: BridgeParts) {
    this.#parts = parts
  }

  /** Asks, and waits for at most `ms`, or until `gone` is aborted. */
  async ask(
    groupId: number,
    request: BridgeRequest,
    { ms, gone }: { ms: number; gone: AbortSignal },
  ): Promise<Outcome> {
    const { news, seals, now } = this.#parts
    const until = performance.now() + ms
    const askId = randomUUID()
    const open = { askId, state: 'open', expiresAt: now() + ms, content: seals.seal(request) } as const
    const _id = await this.#take(groupId, open)
    if (_id === undefined) return 'busy'
    try {
      for (;;) {
        const mark = news.mark(groupId)
        const doc = (await this.#parts.lane.get(_id)) as AskDoc | undefined
        if (doc?.askId !== askId) return 'late'
        if (doc.state === 'answered') return outcomeOf(seals.open(doc.content) as BridgeResult | undefined)
        const left = until - performance.now()
        if (left <= 0 || gone.aborted) return 'late'
        await news.next(groupId, mark, { ms: left, signal: gone })
      }
    } finally {
      await this.#free(_id, askId)
    }
  }

  async #take(
    groupId: number,
    open: Pick<AskDoc, 'askId' | 'state' | 'expiresAt' | 'content'>,
  ): Promise<string | undefined> {
    const { lane, now } = this.#parts
    const first = randomInt(places)
    for (let i = 0; i < places; i += 1) {
      const _id = askDocId(groupId, (first + i) % places)
      const doc = (await lane.get(_id)) as AskDoc | undefined
      if (doc && doc.state !== 'free' && doc.expiresAt > now()) continue
      const [result] = await lane.write([{ ...(doc ?? { _id }), ...open }])
      if (result?.ok) return _id
    }
    return undefined
  }

  /** A server that dies before this leaves a place that is free when it has expired. */
  async #free(_id: string, askId: string): Promise<void> {
    const doc = (await this.#parts.lane.get(_id)) as AskDoc | undefined
    if (doc?.askId !== askId) return
    await this.#parts.lane.write([{ ...doc, state: 'free', content: '' }])
  }

  /** What is asked and not answered, but for what the agent has in hand. */
  async open(groupId: number, have: ReadonlySet<string>): Promise<BridgeWork[]> {
    const { lane, seals, now } = this.#parts
    const docs = (await lane.range(asksOf(groupId))) as AskDoc[]
    return docs.flatMap(({ askId, state, expiresAt, content }) => {
      const waitMs = expiresAt - now()
      if (state !== 'open' || waitMs <= 0 || have.has(askId)) return []
      const request = seals.open(content) as BridgeRequest | undefined
      return request ? [{ id: askId, kind: 'ask' as const, waitMs, request }] : []
    })
  }

  /** Hands an answer to who waits for it; nobody may. */
  async answer(groupId: number, result: BridgeResult): Promise<void> {
    const { lane, seals } = this.#parts
    const docs = (await lane.range(asksOf(groupId))) as AskDoc[]
    const doc = docs.find(({ askId, state }) => askId === result.id && state === 'open')
    // A conflict is a caller who has stopped waiting.
    if (doc) await lane.write([{ ...doc, state: 'answered', content: seals.seal(result) }])
  }
}

const lost: BridgeFailure = { code: 'NO_ANSWER', reason: 'The answer could not be read' }

const outcomeOf = (result: BridgeResult | undefined): Outcome => {
  if (result?.answer) return { answer: result.answer }
  return { failure: result?.failure ?? lost }
}
