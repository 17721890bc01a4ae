/** The demo page in a browser, as a vet uses it. */
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { demoPassword } from '../../server/demo/practice.ts'
import { phone, type TestBrowser } from './browser.ts'

/** What a page says about its use without a network is nothing that a test provokes by itself. */
const offlineNoise = /net::ERR_|RxDB Open Core/

export class DemoPage {
  readonly page: Page
  readonly #faults: string[]

  private constructor(page: Page, faults: string[]) {
    this.page = page
    this.#faults = faults
  }

  /** Opens the page on a phone of its own. */
  static async open(browser: TestBrowser, url: string, options: { dark?: boolean } = {}): Promise<DemoPage> {
    const { page, faults } = await browser.open(`${url}/demo/`, {
      viewport: phone,
      context: { colorScheme: options.dark ? 'dark' : 'light', locale: 'en-GB', hasTouch: true },
    })
    page.setDefaultTimeout(30_000)
    return new DemoPage(page, faults)
  }

  /** Faults of the page, but for those of a network that is switched off. */
  get faults(): string[] {
    return this.#faults.filter((fault) => !offlineNoise.test(fault))
  }

  async signIn(username: string): Promise<void> {
    await this.page.getByLabel('User name').fill(username)
    await this.page.getByLabel('Password').fill(demoPassword)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await this.page.locator('.badge').waitFor()
  }

  /** Waits until the badge says so. */
  async untilBadge(text: RegExp): Promise<void> {
    await this.page.locator('.badge', { hasText: text }).waitFor()
  }

  async network(on: boolean): Promise<void> {
    await this.page.context().setOffline(!on)
  }

  /** The service worker holds the page, so that it opens without a network. */
  async untilKept(): Promise<void> {
    await this.page.evaluate(async () => {
      await navigator.serviceWorker.ready
      if (!navigator.serviceWorker.controller)
        await new Promise((resolve) =>
          navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
        )
    })
  }

  /** Opens an appointment of the diary by its place, and gives its id. */
  async openAppointment(index: number): Promise<string> {
    const row = this.page.locator('.diary a.row').nth(index)
    await row.waitFor()
    const href = (await row.getAttribute('href')) ?? ''
    await row.click()
    await this.page.getByRole('heading', { name: 'Treatments' }).waitFor()
    return href.split('/').at(-1) ?? ''
  }

  async addTreatment(words: string): Promise<void> {
    await this.page.getByLabel('Add from the price list').fill(words)
    await this.page.locator('.found button').first().click()
    await this.page.getByRole('button', { name: /^Add / }).click()
    await this.page.locator('.lines .total').waitFor()
  }

  async writeNotes(text: string): Promise<void> {
    const notes = this.page.locator('textarea')
    await notes.fill(text)
    await notes.blur()
    await this.page.getByText('Saved on this phone').waitFor()
  }

  async choosePhoto(name: string, bytes: Buffer): Promise<void> {
    await this.page
      .getByLabel('Take a photo or choose a file')
      .setInputFiles({ name, mimeType: 'image/png', buffer: bytes })
    await this.page.getByText(name, { exact: true }).waitFor()
  }

  async takePayment(): Promise<void> {
    await this.page.getByRole('button', { name: 'Take payment' }).click()
    await this.page.getByText('Nothing to pay').waitFor()
  }

  async openSync(): Promise<void> {
    await this.page.locator('a.badge').click()
    await this.page.getByRole('heading', { name: 'Sync', exact: true }).waitFor()
  }

  async openDiary(): Promise<void> {
    await this.page.getByRole('link', { name: /Diary/ }).click()
    await this.page.getByRole('link', { name: 'The day before' }).waitFor()
  }

  /** Violations of WCAG that axe-core finds, serious and critical ones. */
  async violations(): Promise<string[]> {
    await this.page.evaluate(axe.source)
    return await this.page.evaluate(async () => {
      const run = (globalThis as unknown as { axe: typeof axe }).axe.run
      const { violations } = await run(document, { resultTypes: ['violations'] })
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
    })
  }
}
