/** The registration form in a browser: by keyboard, on a phone, with what people get wrong. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { browserOrSkip, phone, scrollsSideways, type TestBrowser, type TestPage } from '../support/browser.ts'
import type { Json } from '../support/global-caller.ts'
import { startServer, type TestServer } from '../support/server.ts'

describe('the registration form', function () {
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

  const open = async (groupId = 1, expectedStatuses: number[] = []): Promise<TestPage> => {
    const url = `${server.url}/registrations/${groupId}`
    const opened = await browser.open(url, { viewport: phone, expectedStatuses })
    await opened.page.locator('#registration').waitFor({ state: 'visible' })
    return opened
  }
  const clientOf = async (surname: string): Promise<Json[]> => {
    const headers = { ApiToken: await server.login() }
    const url = `/v2/managedBookings/searchClients?groupId=1&surname=${surname}`
    return (await server.request(url, { headers })).body['items'] as Json[]
  }
  const fill = async (page: Page, surname: string, n: number): Promise<void> => {
    await page.getByLabel('Where will you come to us?').selectOption({ index: 1 })
    await page.getByLabel('First name').fill('Dorothy')
    await page.getByLabel('Surname').fill(surname)
    await page.getByRole('textbox', { name: 'Telephone' }).fill(`01632 98010${n}`)
    await page.getByLabel('E-mail address').fill(`dorothy${n}@example.org`)
    await page.getByLabel('House and street').fill(`${n} Tithe Barn Close`)
    await page.getByLabel('Town').fill('Stonebeck')
    await page.getByLabel('Postcode').fill(`ZY${n} 4LT`)
    await page.getByLabel('Name', { exact: true }).fill('Biscuit')
    await page.getByLabel('Species').selectOption('Dog')
    await page.getByLabel('I have read and accept the terms').check()
  }

  it('registers a client with an animal and a consent, on a phone', async () => {
    const { page, faults } = await open()
    expect(await page.title()).to.equal('Register with Hillside Vets')
    expect(await scrollsSideways(page)).to.equal(false)
    await fill(page, 'Tillotson', 1)
    expect(await page.locator('datalist[id^="breeds-"] option').count()).to.be.greaterThan(5)
    await page.getByRole('group', { name: 'Reminders' }).getByLabel('Text message').check()
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    await page.getByRole('heading', { name: 'Thank you' }).waitFor()
    expect(await page.locator('#done-text').textContent()).to.contain('Dorothy and Biscuit')
    const [client] = await clientOf('tillotson')
    expect(client).to.include({ firstName: 'Dorothy' })
    expect((client?.['animals'] as Json[])[0]).to.include({ name: 'Biscuit', species: 'Dog' })
    const kept = await server.request(`/v2/registrations/clients/${String(client?.['id'])}?groupId=1`, {
      headers: { ApiToken: await server.login() },
    })
    const granted = (kept.body['consents'] as Json[]).filter(
      ({ type, granted }) => type === 'reminders' && granted,
    )
    expect(granted.map(({ channel }) => channel)).to.deep.equal(['text-message'])
    expect(faults).to.deep.equal([])
  })

  it('tells what is missing beside each field, and leads there by keyboard', async () => {
    const { page, faults } = await open()
    await page.getByRole('button', { name: 'Register', exact: true }).press('Enter')
    const surname = page.getByLabel('Surname')
    expect(await surname.getAttribute('aria-invalid')).to.equal('true')
    const told = await surname.getAttribute('aria-describedby')
    expect(await page.locator(`[id="${told}"]`).textContent()).to.equal('Please fill this in')
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('notice')
    const links = page.locator('#notice a')
    expect(await links.count()).to.equal(11)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('siteId')
    expect(await scrollsSideways(page)).to.equal(false)
    expect(faults).to.deep.equal([])
  })

  it('shows what the server finds wrong beside the field, and takes it when it is mended', async () => {
    const { page, faults } = await open(1, [400])
    await fill(page, 'Ackroyd', 2)
    await page.getByRole('textbox', { name: 'Telephone' }).fill('ask my wife')
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    await page.locator('#notice a').waitFor()
    expect(await page.locator('.fault').allTextContents()).to.deep.equal(['must be a telephone number'])
    await page.getByRole('textbox', { name: 'Telephone' }).fill('01632 980102')
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    await page.getByRole('heading', { name: 'Thank you' }).waitFor()
    expect(await clientOf('ackroyd')).to.have.length(1)
    expect(faults).to.deep.equal([])
  })

  it('asks who may be registered already, and says nothing of them', async () => {
    const { page, faults } = await open(1, [409])
    await fill(page, 'Marsh', 3)
    await page.getByLabel('E-mail address').fill('CAROL@example.com')
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    const anyway = page.getByRole('button', { name: 'Register all the same' })
    await anyway.waitFor()
    expect(await page.locator('#notice').textContent()).to.not.contain('Carol')
    await anyway.press('Enter')
    await page.getByRole('heading', { name: 'Thank you' }).waitFor()
    expect(faults).to.deep.equal([])
  })

  it('takes several animals, and none', async () => {
    const { page, faults } = await open()
    await fill(page, 'Braithwell', 4)
    await page.getByRole('button', { name: 'Add an animal' }).press('Enter')
    await page.keyboard.type('Moss')
    await page.locator('[id="animals.1.species"]').selectOption('Cat')
    await page.getByRole('button', { name: 'Remove this animal' }).first().click()
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).to.equal('Moss')
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    await page.getByRole('heading', { name: 'Thank you' }).waitFor()
    const [client] = await clientOf('braithwell')
    expect((client?.['animals'] as Json[]).map(({ name }) => name)).to.deep.equal(['Moss'])
    expect(faults).to.deep.equal([])
  })

  it('is kept from scripts and frames of others, and its token does for registrations alone', async () => {
    const { headers, text } = await server.request('/registrations/1')
    expect(headers.get('content-security-policy')).to.contain("script-src 'self'").and.not.contain('unsafe')
    expect(headers.get('content-security-policy')).to.contain("frame-ancestors 'none'")
    expect(text).to.not.match(/<script(?![^>]*src=)|\son\w+=|style=/)
    const { body } = await server.request('/registrations/1/token')
    const token = { ApiToken: String(body['token']) }
    const titles = (groupId: number): Promise<{ status: number }> =>
      server.request(`/v2/registrations/titles?groupId=${groupId}`, { headers: token })
    expect((await titles(1)).status).to.equal(200)
    expect((await titles(2)).status).to.equal(404)
    const json = { username: 'amelia.vet', password: 'x' }
    const other = await server.request('/v2/authentication/verifyUser', { json, headers: token })
    expect([other.status, other.body['code']]).to.deep.equal([401, 'TOKEN_INVALID'])
    server.clock.now += 3_606_000
    expect((await titles(1)).status).to.equal(401)
    for (const path of ['77', 'x', '1%2f..', '77/token', 'assets/index.html', 'assets/..%2f..%2fmain.ts'])
      expect((await server.request(`/registrations/${path}`)).status, path).to.equal(404)
  })
})
