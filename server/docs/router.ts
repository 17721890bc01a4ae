/** `/docs`: the reference with Try It Yourself, the guides, release notes. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Router } from 'express'
import { servePage } from '../http/page.ts'
import { pagePolicies } from '../http/policies.ts'
import { bookingDayAhead, bookingOn } from '../openapi/example-days.ts'
import { guides, renderMarkdown } from './guides.ts'
import { referenceDocument } from './reference-document.ts'
import { referencePage } from './reference.ts'
import { shell } from './shell.ts'

export interface DocsOptions {
  /** Fills the sign-in with the demo's credentials. */
  demo: boolean
  feedbackUrl: string
  /** ms since the epoch */
  now: () => number
}

const html = 'text/html; charset=utf-8'
const types = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
} as const

const ours = (name: string): URL => new URL(`assets/${name}`, import.meta.url)
const require = createRequire(import.meta.url)
// import.meta.resolve is not there where tests load the server as CommonJS: they would load everything twice.
const swagger = (name: string): URL => pathToFileURL(require.resolve(`swagger-ui-dist/${name}`))

/** Every file that the pages ask for, and nothing else. */
const assets: Readonly<Record<string, URL>> = {
  'docs.css': ours('docs.css'),
  'docs.js': ours('docs.js'),
  'reference.css': ours('reference.css'),
  'reference.js': ours('reference.js'),
  'sign-in.js': ours('sign-in.js'),
  'icon.svg': ours('icon.svg'),
  'swagger-ui.css': swagger('swagger-ui.css'),
  'swagger-ui-bundle.js': swagger('swagger-ui-bundle.js'),
}

export const docsRouter = (options: DocsOptions): Router => {
  const router = Router()
  const headers = { 'Content-Security-Policy': pagePolicies.docs }
  const page = (path: string, title: string, body: () => string | Promise<string>, head = ''): void => {
    const { feedbackUrl } = options
    const write = async () => shell({ path, title, main: await body(), feedbackUrl, head })
    router.get(path, servePage({ contentType: html, write, headers }))
  }
  const { main, head } = referencePage(options)
  page('/docs', 'Reference', () => main, head)
  for (const { slug, title } of guides)
    page(`/docs/guides/${slug}`, title, () => renderMarkdown(`guides/${slug}.md`))
  page('/docs/release-notes', 'Release notes', () => renderMarkdown('release-notes.md'))
  const stamp = () => bookingDayAhead(options.now())
  router.get(
    '/docs/assets/reference.json',
    servePage({
      contentType: 'application/json; charset=utf-8',
      stamp,
      write: () => JSON.stringify(bookingOn(stamp(), referenceDocument())),
    }),
  )
  for (const [name, file] of Object.entries(assets)) {
    const contentType = types[name.slice(name.lastIndexOf('.') + 1) as keyof typeof types]
    router.get(`/docs/assets/${name}`, servePage({ contentType, write: () => readFile(file, 'utf8') }))
  }
  return router
}
