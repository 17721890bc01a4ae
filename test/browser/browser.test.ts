/** The browser that the other tests here look through: does it see what goes wrong in a page? */
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { browserOrSkip, phone, scrollsSideways, type TestBrowser } from '../support/browser.ts'

const html = '<!doctype html><title>Here</title><h1>Here</h1><p style="width: 600px">wide</p>'
const broken = `${html}<script>console.error('said'); throw new Error('thrown')</script><img src="http://x.invalid/">`

describe('the browser of the tests', () => {
  let browser: TestBrowser | undefined
  let server: Server
  let url: string
  before(async function () {
    browser = await browserOrSkip(this)
    server = createServer((request, response) => {
      response.setHeader('Content-Type', 'text/html').end(request.url === '/broken' ? broken : html)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    server?.close()
  })

  it('opens a page that is fine, without a fault', async () => {
    const { page, faults } = await browser!.open(url)
    expect(await page.textContent('h1')).to.equal('Here')
    expect(await scrollsSideways(page)).to.equal(false)
    expect(faults).to.deep.equal([])
  })

  it('sees scripts that fail, what the console says, requests to elsewhere, and a page too wide for a phone', async () => {
    const { page, faults } = await browser!.open(`${url}/broken`, { viewport: phone })
    expect(faults.join('\n')).to.match(/said[^]*thrown|thrown[^]*said/)
    expect(faults.join('\n')).to.contain('left the machine: http://x.invalid/')
    expect(await scrollsSideways(page)).to.equal(true)
  })
})
