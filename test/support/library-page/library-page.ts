/** Tabs with the library and nothing else in them, on the server's own origin, with real IndexedDB. */
import path from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { build, type Rollup } from 'vite'
import { demoAccountId, demoPassword } from '../../../server/demo/practice.ts'
import type { TestBrowser } from '../browser.ts'
import type { OnPage } from './entry.ts'

declare const vetspace: OnPage

const present = path.resolve(import.meta.dirname, '../../../mobile-client-lib/src')

const bundle = async (library: string): Promise<string> => {
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    resolve: {
      alias: [{ find: /^.*\/mobile-client-lib\/src\/index\.ts$/, replacement: `${library}/index.ts` }],
    },
    build: {
      write: false,
      minify: false,
      lib: { entry: path.join(import.meta.dirname, 'entry.ts'), formats: ['iife'], name: 'entry' },
    },
  })) as Rollup.RollupOutput[]
  return built.flatMap(({ output }) => output.flatMap((part) => ('code' in part ? part.code : ''))).join('')
}
let code: Promise<string> | undefined

export interface OpenOptions {
  username?: string
  databaseName?: string
  encryptionPassword?: string
}

/** One browser profile, with as many tabs as a test opens. */
export class Profile implements AsyncDisposable {
  readonly context: BrowserContext
  readonly #url: string
  /** Paths of the calls that its tabs have made. */
  readonly asked: string[] = []

  private constructor(context: BrowserContext, url: string) {
    this.context = context
    this.#url = url
    context.on('request', (request) => this.asked.push(new URL(request.url()).pathname))
  }

  /** @param library the `src` of another release */
  static async open(browser: TestBrowser, url: string, library?: string): Promise<Profile> {
    const script = await (library ? bundle(path.resolve(library)) : (code ??= bundle(present)))
    const context = await browser.profile()
    await context.route(`${url}/library-page/`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: '<title>tab</title><script src="script.js"></script>',
      }),
    )
    await context.route(`${url}/library-page/script.js`, (route) =>
      route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: script }),
    )
    return new Profile(context, url)
  }

  /** Opens a tab without a client. */
  async blank(): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(`${this.#url}/library-page/`)
    return page
  }

  /** Opens a tab, and signs in there. */
  async tab(options: OpenOptions = {}): Promise<Page> {
    const page = await this.blank()
    await this.signIn(page, options)
    return page
  }

  async signIn(page: Page, options: OpenOptions = {}): Promise<void> {
    const { username = 'amelia.vet', ...rest } = options
    await page.evaluate(
      async ({ accountId, username, password, rest }) => {
        vetspace.client = await vetspace.createClient({
          ...{ baseUrl: location.origin, accountId, apiKey: 'demo-app-key', storage: vetspace.storage() },
          ...rest,
        })
        await vetspace.client.signIn({ username, password })
      },
      { accountId: demoAccountId, username, password: demoPassword, rest },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close()
  }
}
