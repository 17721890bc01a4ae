/** The page for a new password in a browser: from the letter's link, by keyboard, on a phone. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { browserOrSkip, phone, scrollsSideways, type TestBrowser, type TestPage } from '../support/browser.ts'
import { startServer, type TestServer } from '../support/server.ts'

const better = 'Correct-Horse-47'

describe('the page for a new password', function () {
  this.timeout(60_000)
  let server: TestServer
  let browser: TestBrowser
  before(async function () {
    browser = await browserOrSkip(this)
    server = await startServer()
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  const open = (path: string, expectedStatuses: number[] = []): Promise<TestPage> =>
    browser.open(server.url + path, { viewport: phone, expectedStatuses })
  const lastLink = (): string => {
    const pages = server.logged.flatMap((line) => {
      const { page } = JSON.parse(line) as Record<string, unknown>
      return typeof page === 'string' ? [page] : []
    })
    return pages.at(-1) ?? ''
  }
  const axe = async (page: Page): Promise<string[]> => {
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    return await page.evaluate(async () => {
      interface Axe {
        run: () => Promise<{ violations: { id: string }[] }>
      }
      const { axe } = window as Window & { axe?: Axe }
      const { violations = [] } = (await axe?.run()) ?? {}
      return violations.map(({ id }) => id)
    })
  }

  it('is asked for a letter, takes the link of it, and sets a password that then opens the sign-in', async () => {
    const { page, faults } = await open('/password/1', [422])
    expect(await page.title()).to.equal('Set a new password – Hillside Vets')
    expect(await axe(page)).to.deep.equal([])
    await page.getByLabel('User name').fill('amelia.vet')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Look into your e-mail' }).waitFor()
    await server.context.postman.work()
    await page.goto(server.url + lastLink())
    const field = page.getByLabel('New password', { exact: true })
    await field.fill('short')
    await page.keyboard.press('Enter')
    await page.locator('#notice li').first().waitFor()
    expect(await page.locator('#notice').textContent()).to.contain('must have at least 12 characters')
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('notice')
    expect(await field.getAttribute('aria-invalid')).to.equal('true')
    expect(await axe(page)).to.deep.equal([])
    await page.getByLabel('Show the password').check()
    expect(await field.getAttribute('type')).to.equal('text')
    await field.fill(better)
    await page.getByRole('button', { name: 'Set this password' }).click()
    await page.getByRole('heading', { name: 'Your password is changed' }).waitFor()
    expect(await scrollsSideways(page)).to.equal(false)
    expect(new URL(page.url()).hash, 'the spent token').to.equal('')
    expect((await server.verify('amelia.vet', better)).status).to.equal(200)
    expect(faults).to.deep.equal([])
  })

  it('tells of a link that is spent, and offers another', async () => {
    const { page, faults } = await open('/password/1#nonsense.token', [422])
    await page.getByLabel('New password', { exact: true }).fill(better)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Send me a link' }).waitFor()
    expect(await page.locator('#notice').textContent()).to.contain('used or is too old')
    expect(faults).to.deep.equal([])
  })

  it('sends the token to no server with an address, and is kept from scripts and frames of others', async () => {
    const { headers, text } = await server.request('/password/1')
    expect(headers.get('content-security-policy')).to.contain("script-src 'self'").and.not.contain('unsafe')
    expect(headers.get('content-security-policy')).to.contain("frame-ancestors 'none'")
    expect(headers.get('referrer-policy')).to.equal('no-referrer')
    expect(text).to.not.match(/<script(?![^>]*src=)|\son\w+=|style=/)
    for (const path of ['77', 'x', '1%2f..', '77/token', 'assets/index.html', 'assets/..%2fform.js'])
      expect((await server.request(`/password/${path}`)).status, path).to.equal(404)
  })
})
