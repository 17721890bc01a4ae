/** A phone whose storage is full, in a browser with real IndexedDB: what is refused is told, and nothing else is lost. */
import { expect } from 'chai'
import type { CDPSession, Page } from 'playwright-core'
import { PracticeApi } from '../integration/client-library/practice-api.ts'
import { browserOrSkip, type TestBrowser } from '../support/browser.ts'
import type { OnPage } from '../support/library-page/entry.ts'
import { Profile } from '../support/library-page/library-page.ts'
import { fewDays, startServer, type TestServer } from '../support/server.ts'

declare const vetspace: OnPage

/** Bytes: enough for what a device of the demo holds. */
const little = 6_000_000

describe('a phone whose storage is full', function () {
  this.timeout(240_000)
  let browser: TestBrowser
  let server: TestServer
  let profile: Profile
  let page: Page
  let devtools: CDPSession
  before(async function () {
    browser = await browserOrSkip(this)
    server = await startServer(fewDays)
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    profile = await Profile.open(browser, server.url)
    const first = await profile.blank()
    devtools = await profile.context.newCDPSession(first)
    // Chromium looks at a quota now and then only: it is there before anything is stored.
    await quota(little)
    page = await profile.tab()
    await page.evaluate(() => vetspace.client.sync.syncNow())
  })
  afterEach(() => profile[Symbol.asyncDispose]())

  /** @param quotaSize bytes that this origin may keep; left out: as many as the browser lets it */
  const quota = async (quotaSize?: number): Promise<void> => {
    const origin = server.url
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, ...(quotaSize && { quotaSize }) })
  }
  /** What an entry came to, as the app is told. */
  const enter = (lastName: string) =>
    page.evaluate(async (lastName) => {
      const id = vetspace.newId()
      const done = vetspace.client.collections.clients.insert({ id, lastName, siteIds: [1] })
      const told = await done.then(
        () => 'stored',
        (error: unknown) => (error as { code?: string }).code ?? String(error),
      )
      return { id, told }
    }, lastName)
  /** Takes photos until one is refused, and entries until one is; how the last of each was refused. */
  const fill = async (): Promise<string[]> => {
    const photo = await page.evaluate(async () => {
      const [animal] = await vetspace.client.collections.animals.find({ limit: 1 }).exec()
      const meta = { animalId: animal?.id ?? '', title: 'Wound', category: 'photo' }
      for (let size = 400_000; size > 10_000; size /= 2)
        for (let n = 0; n < 40; n += 1) {
          const bytes = new Uint8Array(size)
          for (let at = 0; at < size; at += 50_000) crypto.getRandomValues(bytes.subarray(at, at + 50_000))
          const code = await vetspace.client.documents.add(bytes, meta).then(
            () => 'stored',
            (error: unknown) => (error as { code?: string }).code ?? String(error),
          )
          if (code !== 'stored' && size < 20_000) return code
          if (code !== 'stored') break
        }
      return 'never refused'
    })
    for (let n = 0; n < 3000; n += 1) {
      const { told } = await enter(`Full ${n}`)
      if (told !== 'stored') return [photo, told]
    }
    return [photo, 'never refused']
  }
  const sync = () =>
    page.evaluate(() =>
      vetspace.client.sync.syncNow().then(
        () => 'in sync',
        (error: Error & { code?: string }) => error.code ?? error.message,
      ),
    )
  const status = () => page.evaluate(() => vetspace.client.sync.status$.value)

  it('says at once that an entry was not stored, keeps those before, and sends them once there is room', async () => {
    await profile.context.setOffline(true)
    const before = await enter('Before')
    expect(before.told).to.equal('stored')
    expect(await fill()).to.deep.equal(['STORAGE_FULL', 'STORAGE_FULL'])
    const { pending } = await status()
    await profile.context.setOffline(false)
    await quota()
    const after = await enter('After')
    expect(after.told).to.equal('stored')
    expect(await sync()).to.equal('in sync')
    expect(await status()).to.include({ pending: 0, rejected: 0 })
    expect(pending).to.be.at.least(1)
    const api = await PracticeApi.signIn(server)
    expect(await api.record('Client', before.id)).to.include({ lastName: 'Before' })
    expect(await api.record('Client', after.id)).to.include({ lastName: 'After' })
  })

  it('misses nothing of what came while it was full, and says why it does not sync', async () => {
    await page.evaluate(() => vetspace.client.sync.start())
    await profile.context.setOffline(true)
    await fill()
    const api = await PracticeApi.signIn(server)
    const made: string[] = []
    for (let n = 0; n < 40; n += 1)
      made.push(await api.create('Client', { lastName: `${n} ${'Long'.repeat(20)}`, siteIds: [1] }))
    await profile.context.setOffline(false)
    await page.waitForFunction(() => vetspace.client.sync.status$.value.error?.code === 'STORAGE_FULL')
    expect(await sync()).to.equal('STORAGE_FULL')
    await quota()
    expect(await sync()).to.equal('in sync')
    await page.waitForFunction(() => vetspace.client.sync.status$.value.error === null)
    const there = await page.evaluate(async (made) => {
      const found = await vetspace.client.collections.clients.findByIds(made).exec()
      return found.size
    }, made)
    expect(there).to.equal(made.length)
    expect(await status()).to.include({ pending: 0, phase: 'idle' })
  })
})
