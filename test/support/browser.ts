/**
 * Headless Chromium for tests that click through pages: Debian's, driven by playwright-core, which brings none of its
 * own. Where there is no Chromium those tests are skipped, and say so.
 */
import { existsSync } from 'node:fs'
import type { Context } from 'mocha'
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'

const usualPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** `CHROMIUM_PATH`, else where distributions put it; undefined where there is none. */
export const chromiumPath = (): string | undefined => {
  const given = process.env['CHROMIUM_PATH']
  if (!given) return usualPaths.find((path) => existsSync(path))
  if (!existsSync(given)) throw new Error(`CHROMIUM_PATH: there is no ${given}`)
  return given
}

export const phone = { width: 375, height: 812 } as const
export const desktop = { width: 1280, height: 900 } as const

export interface TestPage {
  page: Page
  /** Errors of the page's scripts and console, and requests that left this machine or got no answer. */
  faults: string[]
}

export interface OpenPageOptions {
  /** In CSS pixels; `desktop` where nothing is said. */
  viewport?: { width: number; height: number }
  /** Answers of 400 and above that the test provokes; others count as faults. */
  expectedStatuses?: readonly number[]
  context?: BrowserContextOptions
}

/** One browser for a file of tests; each page has cookies and storage of its own. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser

  constructor(browser: Browser) {
    this.#browser = browser
  }

  async open(url: string, options: OpenPageOptions = {}): Promise<TestPage> {
    const { viewport = desktop, expectedStatuses = [], context: contextOptions = {} } = options
    const context = await this.#browser.newContext({ viewport, ...contextOptions })
    // A machine that is busy otherwise draws a page slowly; mocha ends what never comes.
    context.setDefaultTimeout(110_000)
    const page = await context.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
    page.on('console', (message) => {
      const provoked = expectedStatuses.some((status) => message.text().includes(`status of ${status}`))
      if (message.type() === 'error' && !provoked) faults.push(`console: ${message.text()}`)
    })
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url())
      if (protocol.startsWith('http') && hostname !== '127.0.0.1')
        faults.push(`left the machine: ${request.url()}`)
    })
    await page.goto(url)
    return { page, faults }
  }

  /** A profile of its own, for a test that opens several tabs in it. */
  async profile(): Promise<BrowserContext> {
    return await this.#browser.newContext()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}

/** A started browser; skips the tests of `context` (in a `before`, all of its suite) where there is no Chromium. */
export const browserOrSkip = async (context: Context): Promise<TestBrowser> => {
  const executablePath = chromiumPath()
  if (executablePath === undefined) {
    console.log(
      `  SKIPPED: there is no Chromium (looked at ${usualPaths.join(', ')}; CHROMIUM_PATH is not set)`,
    )
    return context.skip()
  }
  return new TestBrowser(await chromium.launch({ executablePath }))
}

/** Whether the page is wider than the screen, so that one has to scroll sideways. */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
