/** What the pages of the documentation share: head, navigation, footer. */
import { version } from '../version.ts'
import { guides } from './guides.ts'
import { escapeHtml } from './html.ts'

export interface ShellOptions {
  /** Path of the page, which the navigation marks. */
  path: string
  title: string
  /** HTML */
  main: string
  /** Where the link for feedback leads. */
  feedbackUrl: string
  /** HTML for the head, besides what every page has. */
  head?: string
}

const links = (): readonly { path: string; title: string }[] => [
  { path: '/docs', title: 'Reference' },
  ...guides.map(({ slug, title }) => ({ path: `/docs/guides/${slug}`, title })),
  { path: '/docs/release-notes', title: 'Release notes' },
]

const navigation = (path: string): string =>
  links()
    .map((link) => {
      const here = link.path === path ? ' aria-current="page"' : ''
      return `<li><a href="${link.path}"${here}>${escapeHtml(link.title)}</a></li>`
    })
    .join('')

/** A whole page. */
export const shell = ({ path, title, main, feedbackUrl, head = '' }: ShellOptions): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Vetspace API</title>
<link rel="icon" href="/docs/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/assets/docs.css">
<script src="/docs/assets/docs.js" type="module"></script>
${head}
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header>
<a class="brand" href="/docs">Vetspace API <span>${escapeHtml(version)}</span></a>
<p><a href="/openapi.json">openapi.json</a> <a href="/openapi.yaml">openapi.yaml</a></p>
</header>
<div class="columns">
<nav aria-label="Documentation"><details id="menu" open><summary>Contents</summary><ul>${navigation(path)}</ul></details></nav>
<main id="main">
${main}
</main>
</div>
<footer><p>Something wrong, unclear or missing? <a href="${escapeHtml(feedbackUrl)}">Tell us</a>: the page and, for a
call, its <code>X-Request-Id</code> help.</p></footer>
</body>
</html>
`
