/** Several tabs of one browser over one database: one of them syncs, all see the same. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { PracticeApi } from '../integration/client-library/practice-api.ts'
import { browserOrSkip, type TestBrowser } from '../support/browser.ts'
import type { OnPage } from '../support/library-page/entry.ts'
import { Profile } from '../support/library-page/library-page.ts'
import { fewDays, startServer, type TestServer } from '../support/server.ts'

declare const vetspace: OnPage

describe('several tabs of the client library', function () {
  this.timeout(180_000)
  let browser: TestBrowser
  let server: TestServer
  let profile: Profile
  before(async function () {
    browser = await browserOrSkip(this)
    server = await startServer(fewDays)
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => void (profile = await Profile.open(browser, server.url)))
  afterEach(() => profile[Symbol.asyncDispose]())

  const start = (page: Page) => page.evaluate(() => vetspace.client.sync.start())
  const status = (page: Page) => page.evaluate(() => vetspace.client.sync.status$.value)
  const untilIdle = (page: Page) =>
    page.waitForFunction(() => {
      const { phase, pending } = vetspace.client.sync.status$.value
      return phase === 'idle' && pending === 0
    })
  /** Changes the colour of an animal, and gives its id. */
  const edit = (page: Page, colour: string, at = 0): Promise<string> =>
    page.evaluate(
      async ({ colour, at }) => {
        const animals = await vetspace.client.collections.animals.find({ sort: [{ id: 'asc' }] }).exec()
        await animals[at]?.incrementalPatch({ colour })
        return animals[at]?.id ?? ''
      },
      { colour, at },
    )
  const colourIn = (page: Page, id: string) =>
    page.evaluate(async (id) => (await vetspace.client.collections.animals.findOne(id).exec())?.colour, id)
  const uploads = () => profile.asked.filter((path) => path.endsWith('/uploadAnimalItems')).length

  it('sends what either of them enters once, and shows it in both', async () => {
    const [first, second] = [await profile.tab(), await profile.tab()]
    await start(first)
    await start(second)
    await untilIdle(first)
    await untilIdle(second)
    const pulls = profile.asked.filter((path) => /\/sync\/(pull|news)$/.test(path)).length
    expect(pulls, 'one tab pulls').to.be.lessThan(25)
    const id = await edit(second, 'blue dun')
    await untilIdle(second)
    expect(uploads()).to.equal(1)
    await first.waitForFunction(
      async (id) => (await vetspace.client.collections.animals.findOne(id).exec())?.colour === 'blue dun',
      id,
    )
    const api = await PracticeApi.signIn(server)
    expect(await api.record('Animal', id)).to.include({ colour: 'blue dun' })
  })

  it('takes over when the tab that syncs is closed, with what waited in it', async () => {
    const [first, second] = [await profile.tab(), await profile.tab()]
    await start(first)
    await start(second)
    await untilIdle(second)
    await profile.context.setOffline(true)
    const one = await edit(first, 'seal bay', 1)
    const other = await edit(second, 'fleabitten grey', 2)
    await second.waitForFunction(() => vetspace.client.sync.status$.value.pending === 2)
    await first.close()
    await profile.context.setOffline(false)
    await untilIdle(second)
    const api = await PracticeApi.signIn(server)
    expect(await api.record('Animal', one)).to.include({ colour: 'seal bay' })
    expect(await api.record('Animal', other)).to.include({ colour: 'fleabitten grey' })
  })

  it('answers syncNow in a tab that does not sync, with what it has just written', async () => {
    const [first, second] = [await profile.tab(), await profile.tab()]
    await start(first)
    await untilIdle(first)
    const id = await edit(second, 'red roan', 3)
    const report = await second.evaluate(() => vetspace.client.sync.syncNow())
    expect(report.pushed + uploads(), 'sent by one of the two').to.be.greaterThan(0)
    expect((await status(second)).pending).to.equal(0)
    const api = await PracticeApi.signIn(server)
    expect(await api.record('Animal', id)).to.include({ colour: 'red roan' })
    expect(uploads()).to.equal(1)
  })

  it('keeps edits of one record in two tabs, one after the other, without a conflict', async () => {
    const [first, second] = [await profile.tab(), await profile.tab()]
    await start(first)
    await start(second)
    await untilIdle(second)
    await profile.context.setOffline(true)
    const id = await edit(first, 'one', 4)
    await second.waitForFunction(() => vetspace.client.sync.status$.value.pending === 1)
    await edit(second, 'two', 4)
    await edit(first, 'three', 4)
    await edit(second, 'four', 4)
    await profile.context.setOffline(false)
    await untilIdle(first)
    await untilIdle(second)
    expect((await status(second)).conflicts).to.equal(0)
    expect(await colourIn(first, id)).to.equal('four')
    const api = await PracticeApi.signIn(server)
    expect(await api.record('Animal', id)).to.include({ colour: 'four' })
  })

  it('signs out in both, and wipes what both had open', async () => {
    const [first, second] = [await profile.tab(), await profile.tab()]
    await start(first)
    await start(second)
    await untilIdle(second)
    await second.evaluate(() => vetspace.client.signOut({ wipe: true }))
    await first.waitForFunction(() => vetspace.client.user === null)
    expect((await status(first)).error?.code).to.equal('SIGNED_OUT')
    await first.evaluate(() => vetspace.client.close())
    await second.evaluate(() => vetspace.client.close())
    const left = await second.evaluate(async () =>
      (await indexedDB.databases()).flatMap(({ name }) => name ?? []),
    )
    expect(left.filter((name) => !name.includes('-device--'))).to.deep.equal([])
  })

  it('knows of one device, though two tabs are opened at once', async () => {
    const tabs = await Promise.all([profile.tab(), profile.tab()])
    const ids = await Promise.all(tabs.map((tab) => tab.evaluate(() => vetspace.client.deviceId)))
    expect(ids[0]).to.equal(ids[1])
  })

  it('shows in each how far a file is that one of them sends, until it is sent or that tab ends', async () => {
    const [first, second] = [await profile.tab(), await profile.tab()]
    await start(first)
    await untilIdle(first)
    await start(second)
    let letGo: (() => void) | undefined
    const held = new Promise<void>((resolve) => (letGo = resolve))
    await profile.context.route(/documents\/uploads/, async (route) => {
      await held
      await route.continue().catch(() => undefined)
    })
    const shown = (page: Page) =>
      page.evaluate(() => {
        const { documents } = vetspace.client
        const seen: { id: string; direction: string; total: number }[][] = []
        documents.transfers$.subscribe((transfers) => void seen.push([...transfers]))
        Object.assign(globalThis, { seen })
      })
    for (const page of [first, second]) await shown(page)
    const untilShown = (page: Page, count: number) =>
      page.waitForFunction((count) => {
        const { seen } = globalThis as unknown as { seen: unknown[][] }
        return seen.at(-1)?.length === count
      }, count)
    const id = await second.evaluate(async () => {
      const [animal] = await vetspace.client.collections.animals.find({ limit: 1 }).exec()
      const meta = { animalId: animal?.id ?? '', title: 'Wound', category: 'photo' }
      return await vetspace.client.documents.add(new Uint8Array(50_000).fill(7), meta)
    })
    for (const page of [first, second]) await untilShown(page, 1)
    const there = await second.evaluate(() => (globalThis as unknown as { seen: unknown[][] }).seen.at(-1))
    expect(there).to.deep.equal([{ id, direction: 'upload', done: 0, total: 50_000 }])
    // The tab that sends is gone in the middle of it; the other takes over.
    await first.close()
    letGo?.()
    await untilIdle(second)
    await untilShown(second, 0)
    expect(await second.evaluate(() => vetspace.client.sync.status$.value.pending)).to.equal(0)
  })
})
