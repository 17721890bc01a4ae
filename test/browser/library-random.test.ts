/**
 * Two phones, the library with real IndexedDB on each, do at random what vets and networks do: entries and changes, no
 * signal, connections cut in the middle of an answer, tabs killed. At the end, what was entered is at the server once,
 * and both phones show the same. `FC_SEED` plays a run again, `STEPS` makes it longer.
 */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { PracticeApi } from '../integration/client-library/practice-api.ts'
import { randomOf } from '../model/kill/random.ts'
import { seeded } from '../model/sync/seed.ts'
import { browserOrSkip, type TestBrowser } from '../support/browser.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import type { OnPage } from '../support/library-page/entry.ts'
import { Profile } from '../support/library-page/library-page.ts'
import { fewDays, startServer, type TestServer } from '../support/server.ts'

declare const vetspace: OnPage

const steps = Number(process.env['STEPS'] ?? 20)

class Phone implements AsyncDisposable {
  /** Entries whose writing has resolved. */
  readonly entered = new Set<string>()
  readonly #name: string
  readonly #proxy: FaultProxy
  readonly #profile: Profile
  #page: Page
  #count = 0

  private constructor(name: string, parts: { proxy: FaultProxy; profile: Profile; page: Page }) {
    this.#name = name
    this.#proxy = parts.proxy
    this.#profile = parts.profile
    this.#page = parts.page
  }

  static async open(browser: TestBrowser, url: string, name: string): Promise<Phone> {
    const proxy = await FaultProxy.open(url)
    const profile = await Profile.open(browser, proxy.url)
    const page = await profile.tab({ username: name })
    await page.evaluate(() => vetspace.client.sync.syncNow())
    await page.evaluate(() => vetspace.client.sync.start())
    return new Phone(name, { proxy, profile, page })
  }

  async enter(animalId: string): Promise<void> {
    const description = `${this.#name} ${(this.#count += 1)}`
    await this.#page.evaluate(
      ({ animalId, description }) =>
        vetspace.client.collections.treatments.insert({
          ...{ id: vetspace.newId(), animalId, description, quantity: '1', unitPrice: 1000, currency: 'GBP' },
          ...{ vatRate: 2000, treatedAt: new Date().toISOString() },
        }),
      { animalId, description },
    )
    this.entered.add(description)
  }

  /** Changes what is the same for all, or adds to a list that is kept whole. */
  async change(animalId: string, n: number): Promise<void> {
    const alert = `${this.#name} ${(this.#count += 1)}`
    await this.#page.evaluate(
      async ({ animalId, n, alert }) => {
        const animal = await vetspace.client.collections.animals.findOne(animalId).exec(true)
        if (n % 2 === 0) await animal.incrementalPatch({ weightGrams: 1000 + n })
        else await animal.incrementalModify((data) => ({ ...data, alerts: [...(data.alerts ?? []), alert] }))
      },
      { animalId, n, alert },
    )
    if (n % 2 === 1) this.entered.add(alert)
  }

  async signal(there: boolean): Promise<void> {
    await this.#profile.context.setOffline(!there)
  }

  /** The connection breaks after so many more bytes, one way or the other. */
  breakAfter(way: 'up' | 'down', bytes: number): void {
    void this.#proxy.cut(way, bytes)
  }

  /** The tab is killed; the app is opened anew, with or without signal. */
  async kill(): Promise<void> {
    const session = await this.#profile.context.newCDPSession(this.#page)
    const crashed = this.#page.waitForEvent('crash')
    session.send('Page.crash').catch(() => undefined)
    await crashed
    // What is left of it would answer no switching of the network.
    await this.#page.close()
    await this.signal(true)
    const page = await this.#profile.blank()
    this.#page = page
    await this.#profile.signIn(page, { username: this.#name })
    await page.evaluate(() => vetspace.client.sync.start())
  }

  /** Syncs until nothing is left to send. */
  async settle(): Promise<void> {
    await this.signal(true)
    this.#proxy.resume()
    await this.#page.waitForFunction(() =>
      vetspace.client.sync.syncNow().then(
        () => vetspace.client.sync.status$.value.pending === 0,
        () => false,
      ),
    )
  }

  /** What it shows of some animals and of their treatments. */
  shown(animalIds: string[]) {
    return this.#page.evaluate(async (animalIds) => {
      const { animals, treatments } = vetspace.client.collections
      const found = [...(await animals.findByIds(animalIds).exec()).values()]
      const lines = await treatments.find({ selector: { animalId: { $in: animalIds } } }).exec()
      return {
        animals: Object.fromEntries(
          found.map(({ id, weightGrams, alerts }) => [
            id,
            { weightGrams, alerts: [...(alerts ?? [])].sort() },
          ]),
        ),
        lines: lines.map(({ description }) => description ?? '').sort(),
        rejected: vetspace.client.sync.status$.value.rejected,
      }
    }, animalIds)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#profile[Symbol.asyncDispose]()
    await this.#proxy[Symbol.asyncDispose]()
  }
}

describe('two phones at random', function () {
  this.timeout(600_000)
  let browser: TestBrowser
  let server: TestServer
  before(async function () {
    browser = await browserOrSkip(this)
    server = await startServer(fewDays)
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  it('lose nothing, double nothing, and end the same', async () => {
    const { seed } = seeded(4711)
    console.log(`      FC_SEED=${seed}`)
    const random = randomOf(seed)
    const practice = await PracticeApi.signIn(server)
    const clientId = await practice.create('Client', { lastName: 'Random', siteIds: [1] })
    const animalIds: string[] = []
    for (const name of ['One', 'Two', 'Three'])
      animalIds.push(await practice.create('Animal', { clientId, name }))
    await using amelia = await Phone.open(browser, server.url, 'amelia.vet')
    await using ben = await Phone.open(browser, server.url, 'ben.vet')
    const phones = [amelia, ben]
    const acts: ((phone: Phone) => Promise<void> | void)[] = [
      (phone) => phone.enter(animalIds[random(3)] ?? ''),
      (phone) => phone.enter(animalIds[random(3)] ?? ''),
      (phone) => phone.change(animalIds[random(3)] ?? '', random(1000)),
      (phone) => phone.change(animalIds[random(3)] ?? '', random(1000)),
      (phone) => phone.signal(random(2) === 0),
      (phone) => phone.breakAfter(random(2) === 0 ? 'up' : 'down', random(4000)),
    ]
    for (let step = 0; step < steps; step += 1) {
      const phone = phones[random(2)] ?? amelia
      if (random(12) === 0) await phone.kill()
      else await acts[random(acts.length)]?.(phone)
    }
    for (let round = 0; round < 2; round += 1) for (const phone of phones) await phone.settle()
    const entered = phones.flatMap((phone) => [...phone.entered])
    const lines = (await practice.all('treatments'))
      .filter(({ animalId }) => animalIds.includes(String(animalId)))
      .map(({ description }) => String(description))
    const animals = (await practice.all('animals')).filter(({ id }) => animalIds.includes(String(id)))
    const alerts = animals.flatMap((animal) => animal['alerts'] as string[])
    const found = [...lines, ...alerts]
    expect(new Set(found).size, 'nothing twice').to.equal(found.length)
    expect(found, 'nothing lost').to.include.members(entered)
    const [here, there] = [await amelia.shown(animalIds), await ben.shown(animalIds)]
    expect(here).to.deep.equal(there)
    expect(here.lines).to.deep.equal(lines.sort())
    expect(here.rejected).to.equal(0)
  })
})
