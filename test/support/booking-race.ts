/** Many customers who want the same few times, over several servers that share nothing but the store. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { demoAccountId } from '../../server/demo/practice.ts'

type Json = Record<string, unknown>

export interface Slot {
  startsAt: string
  endsAt: string
}

export interface Answered {
  slot: Slot
  status: number
  body: Json
}

export const ben = '6f1c8f0e-0000-4000-8000-000000000012'

/** One practice's server as an integrator calls it. */
export class BookingCaller {
  readonly #url: string
  #headers: Record<string, string> = {}

  constructor(url: string) {
    this.#url = url
  }

  async login(): Promise<void> {
    const { body } = await this.#send('/v2/authentication/login', {
      accountId: demoAccountId,
      apiKey: 'demo-api-key',
    })
    this.#headers = { ApiToken: String(body['token']) }
  }

  /** @throws TypeError where the server is gone before it answered */
  async #send(path: string, json?: unknown, headers: Json = {}): Promise<{ status: number; body: Json }> {
    const response = await fetch(this.#url + path, {
      headers: { ...this.#headers, 'Content-Type': 'application/json', ...headers },
      ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
    })
    return { status: response.status, body: (await response.json()) as Json }
  }

  async get(path: string): Promise<Json> {
    const { status, body } = await this.#send(`/v2/managedBookings/${path}`)
    expect(status, JSON.stringify(body)).to.equal(200)
    return body
  }

  /** Ben's free times. */
  async free(from: string, to = from): Promise<Slot[]> {
    const days = `from=${from}&to=${to}&practitionerId=${ben}`
    return (await this.get(`searchAvailability?siteId=1&${days}`))['slots'] as Slot[]
  }

  /** The client and the reason of every booking of a race. */
  async party(): Promise<Json> {
    const found = await this.get('searchClients?groupId=1&siteId=1&surname=Marsh&limit=1')
    const { reasons } = (await this.get('reasons?siteId=1')) as { reasons: Json[] }
    const reason = reasons.find(({ name }) => name === 'Consultation')
    const clientId = (found['items'] as Json[])[0]?.['id']
    return { siteId: 1, practitionerId: ben, clientId, reasonId: reason?.['reasonId'] }
  }

  async book(party: Json, slot: Slot, key: string): Promise<Answered> {
    const { startsAt, endsAt } = slot
    const json = { ...party, startsAt, endsAt }
    return {
      slot,
      ...(await this.#send('/v2/managedBookings/createAppointment', json, { 'Idempotency-Key': key })),
    }
  }
}

export interface Day {
  /** In Europe/London, within opening hours: as in UTC. */
  date: string
  slots: Slot[]
}

const dateOf = ({ startsAt }: Slot): string => startsAt.slice(0, 10)

/** Twenty free times of one day. */
export const twentySlots = async (caller: BookingCaller): Promise<Day> => {
  const dayIn = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  const free = await caller.free(dayIn(35), dayIn(60))
  for (const date of new Set(free.map(dateOf))) {
    const slots = free.filter((slot) => dateOf(slot) === date).slice(0, 20)
    if (slots.length === 20) return { date, slots }
  }
  throw new Error('No day has twenty free times')
}

export interface Contest {
  callers: readonly [BookingCaller, BookingCaller]
  clients: number
  slots: readonly Slot[]
  /** Called after each answer. */
  answered?: (count: number) => void
}

/**
 * Each client asks one of the two servers for one of the slots. Where that server dies, or says that another holds the
 * client's key, the client asks the other one under the same key until it is told what became of the booking.
 */
export const race = async (contest: Contest): Promise<Answered[]> => {
  const { callers, clients, slots, answered = () => undefined } = contest
  const party = await callers[0].party()
  let count = 0
  const client = async (n: number): Promise<Answered> => {
    const key = randomUUID()
    const slot = slots[n % slots.length]
    if (!slot) throw new Error('There is no slot to race for')
    for (let caller = callers[n % 2]; ; caller = callers[0]) {
      const answer = await caller?.book(party, slot, key).catch((error: unknown) => {
        if (error instanceof TypeError) return undefined
        throw error
      })
      if (answer && answer.body['code'] !== 'IDEMPOTENCY_KEY_IN_USE') {
        answered((count += 1))
        return answer
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
  return await Promise.all(Array.from({ length: clients }, (_, n) => client(n)))
}

/** Each slot has one winner, every other client was told so in words, and nobody was told anything else. */
export const expectOneEach = (answers: readonly Answered[], slots: readonly Slot[]): string[] => {
  const won = answers.filter(({ status }) => status === 201)
  const lost = answers.filter(({ status }) => status !== 201)
  expect(new Set(lost.map(({ status, body }) => `${status} ${String(body['code'])}`))).to.deep.equal(
    new Set(['409 SLOT_TAKEN']),
  )
  expect(won.map(({ slot }) => slot.startsAt).sort()).to.deep.equal(slots.map(({ startsAt }) => startsAt))
  return won.map(({ body }) => String(body['id'])).sort()
}
