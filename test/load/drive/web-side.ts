/** What comes from web sites and other systems meanwhile: pages, registrations, bookings online and by the desk. */
import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { demoAccountId } from '../../../server/demo/practice.ts'
import { Connection, type Json } from './connection.ts'
import type { DayOptions } from './device-day.ts'

const turnMs = 2000

const address = { line1: '1 Mill Lane', city: 'Halifax', postcode: 'HX1 1AA' }
const reachedAt = (unique: string) => ({
  phones: [`07${String(randomInt(1_000_000_000)).padStart(9, '0')}`],
  emails: [`${unique}@example.com`],
})

export const webSide = async (options: DayOptions): Promise<void> => {
  using site = new WebSide(options)
  await site.run()
}

class WebSide implements Disposable {
  readonly #options: DayOptions
  readonly #http: Connection
  #terms = ''
  #reasonId = ''
  #prospectReason = ''
  #desk = ''

  constructor(options: DayOptions) {
    this.#options = options
    this.#http = new Connection(options.url, options.recorder)
  }

  async run(): Promise<void> {
    const { signal } = this.#options
    this.#desk = await this.#login('demo-api-key')
    this.#http.headers = { ApiToken: await this.#login('demo-app-key') }
    const terms = await this.#get('terms', '/v2/registrations/terms?groupId=1')
    this.#terms = String(terms?.['version'])
    const query = '/v2/managedBookings/reasons?siteId=1&groupId=1'
    const reasons = await this.#get('bookingReasons', query, this.#asDesk)
    this.#reasonId = String((reasons?.['reasons'] as Json[] | undefined)?.[0]?.['reasonId'])
    const online = await this.#get('prospectReasons', '/v2/prospectBookings/reasons?groupId=1')
    this.#prospectReason = String((online?.['reasons'] as Json[] | undefined)?.[0]?.['reasonId'])
    while (!signal.aborted) {
      await this.#pages()
      await this.#register()
      await this.#prospect()
      await pause(turnMs / 2 + Math.random() * turnMs, undefined, { signal }).catch(() => undefined)
    }
  }

  get #asDesk(): { ApiToken: string } {
    return { ApiToken: this.#desk }
  }

  async #login(apiKey: string): Promise<string> {
    const json = { accountId: demoAccountId, apiKey }
    const answer = await this.#http.ask({ call: 'login', path: '/v2/authentication/login', json })
    return String(answer?.body['token'])
  }

  async #get(call: string, path: string, headers: Record<string, string> = {}): Promise<Json | undefined> {
    return (await this.#http.ask({ call, path, headers }))?.body
  }

  async #pages(): Promise<void> {
    const pages = ['/docs', '/registrations/1', '/openapi.json', '/health/ready', '/demo']
    const path = pages[randomInt(pages.length)] ?? '/docs'
    await this.#http.ask({ call: `page ${path}`, path })
  }

  #days(): string {
    const from = Date.now() + (2 + randomInt(50)) * 86_400_000
    const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
    return `from=${day(from)}&to=${day(from + 2 * 86_400_000)}`
  }

  async #register(): Promise<void> {
    const unique = randomUUID()
    const lastName = `Web ${unique.slice(0, 8)}`
    const answer = await this.#http.ask({
      ...{ call: 'registerClient', path: '/v2/registrations/registerClient' },
      headers: { 'Idempotency-Key': unique },
      json: {
        ...{
          groupId: 1,
          siteId: 1,
          terms: { version: this.#terms, accepted: true },
          overrideDuplicate: true,
        },
        client: { title: 'Mrs', firstName: 'Dorothy', lastName, address, ...reachedAt(unique) },
        animals: [{ name: 'Biscuit', species: 'Dog' }],
      },
    })
    if (!answer) return
    const id = String(answer.body['clientId'])
    this.#options.recorder.acknowledge({ collection: 'clients', id, fields: { lastName } })
    const [animal] = answer.body['animals'] as Json[]
    await this.#book(id, String(animal?.['animalId']))
  }

  async #book(clientId: string, animalId: string): Promise<void> {
    const query = `siteId=1&groupId=1&${this.#days()}&reasonId=${this.#reasonId}`
    const path = `/v2/managedBookings/searchAvailability?${query}`
    const slot = this.#oneOf(await this.#get('searchAvailability', path, this.#asDesk))
    if (!slot) return
    const { practitionerId, startsAt, endsAt } = slot
    const whom = { groupId: 1, siteId: 1, clientId, animalIds: [animalId], reasonId: this.#reasonId }
    const answer = await this.#http.ask({
      ...{ call: 'createAppointment', path: '/v2/managedBookings/createAppointment' },
      headers: { ...this.#asDesk, 'Idempotency-Key': randomUUID() },
      json: { ...whom, practitionerId, startsAt, endsAt },
      refusals: ['SLOT_TAKEN'],
    })
    if (answer)
      this.#options.recorder.acknowledge({
        ...{
          collection: 'appointments',
          id: String(answer.body['id']),
          fields: { clientId, practitionerId },
        },
      })
  }

  async #prospect(): Promise<void> {
    const query = `groupId=1&siteId=1&${this.#days()}&reasonId=${this.#prospectReason}`
    const path = `/v2/prospectBookings/availability?${query}`
    const slot = this.#oneOf(await this.#get('prospectAvailability', path))
    if (!slot) return
    const unique = randomUUID()
    const answer = await this.#http.ask({
      ...{ call: 'createProspectBooking', path: '/v2/prospectBookings/bookings' },
      headers: { 'Idempotency-Key': unique },
      json: {
        ...{ groupId: 1, siteId: 1, reasonId: this.#prospectReason },
        ...{ practitionerId: slot['practitionerId'], startsAt: slot['startsAt'] },
        prospect: { firstName: 'Ada', lastName: `New ${unique.slice(0, 8)}`, ...reachedAt(unique) },
        animals: [{ name: 'Pip', species: 'Cat' }],
      },
      refusals: ['SLOT_TAKEN'],
    })
    if (!answer) return
    const lastName = `New ${unique.slice(0, 8)}`
    const id = String(answer.body['prospectId'])
    this.#options.recorder.acknowledge({ collection: 'clients', id, fields: { lastName, prospect: true } })
  }

  #oneOf(body: Json | undefined): Json | undefined {
    const slots = (body?.['slots'] ?? []) as Json[]
    return slots.length > 0 ? slots[randomInt(slots.length)] : undefined
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]()
  }
}
