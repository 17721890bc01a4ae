/** What happens to work on a phone, in a browser with real IndexedDB: a tab killed, encryption, wiping. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { PracticeApi } from '../integration/client-library/practice-api.ts'
import { browserOrSkip, type TestBrowser } from '../support/browser.ts'
import type { OnPage } from '../support/library-page/entry.ts'
import { Profile } from '../support/library-page/library-page.ts'
import { fewDays, startServer, type TestServer } from '../support/server.ts'

declare const vetspace: OnPage

describe('the client library in a browser', function () {
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

  const sync = (page: Page) => page.evaluate(() => vetspace.client.sync.syncNow())
  const enter = (page: Page, lastName: string): Promise<string> =>
    page.evaluate(async (lastName) => {
      const id = vetspace.newId()
      await vetspace.client.collections.clients.insert({ id, lastName, siteIds: [1] })
      return id
    }, lastName)
  const pending = (page: Page) => page.evaluate(() => vetspace.client.sync.status$.value.pending)

  it('keeps what waits in a tab that is killed', async () => {
    const first = await profile.tab()
    await sync(first)
    const id = await enter(first, 'Killed')
    const session = await profile.context.newCDPSession(first)
    const crashed = first.waitForEvent('crash')
    // Its answer never comes.
    session.send('Page.crash').catch(() => undefined)
    await crashed
    const second = await profile.tab()
    expect(await pending(second)).to.equal(1)
    await sync(second)
    expect(await pending(second)).to.equal(0)
    const api = await PracticeApi.signIn(server)
    expect(await api.record('Client', id)).to.include({ lastName: 'Killed' })
  })

  it('encrypts what IndexedDB holds, and makes thumbnails at once', async () => {
    const page = await profile.tab({ encryptionPassword: 'of the keychain' })
    await sync(page)
    const look = await page.evaluate(async () => {
      const names = (await vetspace.client.collections.clients.find().exec()).map((one) => one.lastName)
      let stored = ''
      for (const { name = '' } of await indexedDB.databases()) {
        const db = await new Promise<IDBDatabase>((resolve, reject) => {
          const request = indexedDB.open(name)
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(new Error(name))
        })
        for (const table of db.objectStoreNames)
          stored += await new Promise<string>((resolve, reject) => {
            const request = db.transaction(table).objectStore(table).getAll()
            request.onsuccess = () => resolve(JSON.stringify(request.result))
            request.onerror = () => reject(new Error(table))
          })
        db.close()
      }
      return { names: names.length, found: names.filter((name) => stored.includes(`"${name}"`)) }
    })
    expect(look.names).to.be.greaterThan(20)
    expect(look.found).to.deep.equal([])
    const small = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(1600, 1200)
      canvas.getContext('2d')?.fillRect(0, 0, 800, 600)
      const photo = await canvas.convertToBlob({ type: 'image/png' })
      const [animal] = await vetspace.client.collections.animals.find({ limit: 1 }).exec()
      const meta = { animalId: animal?.id ?? '', title: 'Wound', category: 'photo' }
      const id = await vetspace.client.documents.add(photo, meta)
      const made = await vetspace.client.documents.thumbnail(id)
      const { width } = await createImageBitmap(new Blob([made?.bytes ?? new Uint8Array()]))
      return { width, contentType: made?.contentType }
    })
    expect(small).to.deep.equal({ width: 320, contentType: 'image/jpeg' })
  })

  it('leaves no database behind when everything is wiped', async () => {
    const page = await profile.tab()
    await sync(page)
    await page.evaluate(() => vetspace.client.signOut({ wipe: true }))
    const left = await page.evaluate(async () =>
      (await indexedDB.databases()).flatMap(({ name }) => name ?? []),
    )
    expect(left).to.deep.equal([])
  })
})
