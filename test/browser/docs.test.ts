/** /docs as a reader uses it, in a real browser. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { guides } from '../../server/docs/guides.ts'
import { browserOrSkip, phone, scrollsSideways, type TestBrowser } from '../support/browser.ts'
import { startServer, type TestServer } from '../support/server.ts'

const pages = ['/docs', ...guides.map(({ slug }) => `/docs/guides/${slug}`), '/docs/release-notes']

/** Where pictures of the pages go, for a person to look at; none are taken where it is not set. */
const pictures = process.env['SCREENSHOTS']
const picture = async (page: Page, name: string, fullPage = false): Promise<void> => {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage })
}

const signIn = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Signed in as').waitFor()
}

/** Opens an operation of the reference by its link. */
const open = async (page: Page, operation: string): Promise<void> => {
  await page.locator(`#operations-${operation} .opblock-summary-control`).click()
  await page.locator(`#operations-${operation} .execute`).waitFor()
}

describe('/docs in a browser', () => {
  let browser: TestBrowser | undefined
  let server: TestServer
  before(async function () {
    browser = await browserOrSkip(this)
    server = await startServer()
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  it('signs in with what the demo filled in, tries a call, and shows its answer', async () => {
    const { page, faults } = await browser!.open(`${server.url}/docs`)
    await page.locator('#operations-mobile-getAnimal').waitFor()
    await picture(page, 'reference')
    await signIn(page)
    expect(await page.locator('#sign-in-state').textContent()).to.match(
      /Amelia Hart \(vet\), for Hillside Vets/,
    )
    await open(page, 'mobile-getAnimal')
    await page.locator('#operations-mobile-getAnimal .execute').click()
    const answer = page.locator('#operations-mobile-getAnimal .live-responses-table')
    await answer.getByText('200', { exact: true }).first().waitFor()
    expect(await answer.textContent()).to.contain('Clover 231')
    await answer.scrollIntoViewIfNeeded()
    await picture(page, 'reference-answer')
    expect(faults).to.deep.equal([])
  })

  it('sends no token after signing out, and says what was wrong with a sign-in', async () => {
    const { page, faults } = await browser!.open(`${server.url}/docs`, { expectedStatuses: [401] })
    await signIn(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await open(page, 'global-groups')
    await page.locator('#operations-global-groups .execute').click()
    await page
      .locator('#operations-global-groups .live-responses-table')
      .getByText('TOKEN_MISSING')
      .first()
      .waitFor()
    await page.locator('#sign-in').getByLabel('Password').fill('not it')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('INVALID_CREDENTIALS').first().waitFor()
    expect(await page.locator('#sign-in-state').textContent()).to.match(/^Sign-in failed/)
    expect(faults).to.deep.equal([])
  })

  it('posts an example as it stands', async () => {
    const { page, faults } = await browser!.open(`${server.url}/docs`)
    await signIn(page)
    await open(page, 'mobile-uploadAnimalItems')
    await page.locator('#operations-mobile-uploadAnimalItems .execute').click()
    const answer = page.locator('#operations-mobile-uploadAnimalItems .live-responses-table')
    await answer.getByText('CREATED').first().waitFor()
    expect(faults).to.deep.equal([])
  })

  it('leaves the fields empty outside the demo', async () => {
    await using real = await startServer({
      config: { demo: false },
      env: { TOKEN_SECRET: 'a secret of 32 characters or more' },
    })
    const { page, faults } = await browser!.open(`${real.url}/docs`)
    for (const label of ['Account id', 'API key', 'User name', 'Password'])
      expect(await page.locator('#sign-in').getByLabel(label).inputValue()).to.equal('')
    expect(faults).to.deep.equal([])
  })

  it('walks from page to page by the navigation', async () => {
    const { page, faults } = await browser!.open(`${server.url}/docs`)
    for (const { slug, title } of guides) {
      await page.getByRole('navigation').getByRole('link', { name: title, exact: true }).click()
      await page.waitForURL(`**/docs/guides/${slug}`)
      expect(await page.locator('nav [aria-current]').textContent()).to.equal(title)
      await picture(page, `guide-${slug}`, true)
    }
    expect(faults).to.deep.equal([])
  })

  it('shows the examples in the language that was chosen, on every page', async () => {
    const { page, faults } = await browser!.open(`${server.url}/docs/guides/first-call`)
    const shown = () => page.locator('[data-language]:visible').getAttribute('data-language')
    expect(await shown()).to.equal('curl')
    await page.getByRole('button', { name: 'Python' }).click()
    expect(await shown()).to.equal('Python')
    await page.goto(`${server.url}/docs/guides/tokens`)
    expect(await shown()).to.equal('Python')
    expect(await page.locator('[data-language="Python"]').textContent()).to.contain(server.url)
    expect(faults).to.deep.equal([])
  })

  it('names every error with its calls, each a link into the reference that opens it', async () => {
    const { page, faults } = await browser!.open(`${server.url}/docs/guides/errors#STALE_REVISION`)
    await page.locator('#RESET_TOKEN_INVALID a').click()
    await page.locator('#operations-authentication-resetPassword.is-open').waitFor()
    expect(faults).to.deep.equal([])
  })

  for (const path of pages)
    it(`${path} can be read on a phone`, async () => {
      const { page, faults } = await browser!.open(server.url + path, { viewport: phone })
      if (path === '/docs') {
        await page.locator('#operations-mobile-getAnimal').waitFor()
        await picture(page, 'phone-reference')
        await open(page, 'mobile-getAnimal')
        await page.locator('#operations-mobile-getAnimal').scrollIntoViewIfNeeded()
        await picture(page, 'phone-call')
      }
      expect(await scrollsSideways(page)).to.equal(false)
      await picture(page, `phone${path.replaceAll('/', '-')}`, true)
      expect(faults).to.deep.equal([])
    })
})
