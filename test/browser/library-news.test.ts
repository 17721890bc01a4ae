/** What a tab asks that comes back and finds nothing new, where reading a checkpoint takes IndexedDB its time. */
import { expect } from 'chai'
import { browserOrSkip, type TestBrowser } from '../support/browser.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import type { OnPage } from '../support/library-page/entry.ts'
import { Profile } from '../support/library-page/library-page.ts'
import { fewDays, startServer, type TestServer } from '../support/server.ts'

declare const vetspace: OnPage

describe('a tab with the client library that comes back', function () {
  this.timeout(180_000)
  let browser: TestBrowser
  let server: TestServer
  let proxy: FaultProxy
  before(async function () {
    browser = await browserOrSkip(this)
    server = await startServer(fewDays)
    proxy = await FaultProxy.open(server.url)
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await proxy?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  it('asks for what is new in one request, under 5 kB on the wire, where nothing is', async () => {
    await using profile = await Profile.open(browser, proxy.url)
    const first = await profile.tab()
    await first.evaluate(() => vetspace.client.sync.syncNow())
    await first.close()
    const tab = await profile.tab()
    for (const visit of ['as it opens', 'later']) {
      profile.asked.length = 0
      const before = { ...proxy.traffic }
      await tab.evaluate(() => vetspace.client.sync.syncNow())
      expect(profile.asked, visit).to.deep.equal(['/v2/mobile/sync/news'])
      const { up, down } = proxy.traffic
      expect(up + down - before.up - before.down, visit).to.be.within(1000, 5000)
    }
  })
})
