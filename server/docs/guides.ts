/** The guides: markdown, in which a line `:::examples NAME` or `:::errors` stands for what is put in there. */
import { readFile } from 'node:fs/promises'
import { Marked } from 'marked'
import { errorsTable } from './errors-table.ts'
import { escapeHtml } from './html.ts'

/** In the order of the navigation; each is `guides/<slug>.md`. */
export const guides = [
  { slug: 'first-call', title: 'First call in five minutes' },
  { slug: 'tokens', title: 'Tokens' },
  { slug: 'paging', title: 'Paging and changes' },
  { slug: 'errors', title: 'Errors' },
  { slug: 'idempotency', title: 'Repeating safely' },
  { slug: 'offline-sync', title: 'Offline sync' },
  { slug: 'administration', title: 'Who did what, and personal data' },
] as const

const languages = [
  { name: 'curl', file: 'sh', run: 'bash' },
  // In an .mts file Node allows `await` outside of functions, whatever folder it is saved in.
  { name: 'TypeScript', file: 'mts', run: 'npx tsx' },
  { name: 'Python', file: 'py', run: 'python3' },
] as const

const textOf = async (name: string): Promise<string> => await readFile(new URL(name, import.meta.url), 'utf8')

const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

const marked = new Marked({
  renderer: {
    heading({ tokens, depth, text }) {
      return `<h${depth} id="${slugOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`
    },
  },
})

/** The same thing done in each language; the files are run by a test. */
const examples = async (name: string): Promise<string> => {
  const shown = languages.map(async (language) => {
    const file = `${name}.${language.file}`
    const code = await textOf(`examples/${file}`)
    return (
      `<section data-language="${language.name}"><h4>${language.name}</h4>` +
      `<p>Save as <code>${file}</code>, run with <code>${language.run} ${file}</code>.</p>` +
      `<pre tabindex="0"><code>${escapeHtml(code.trimEnd())}</code></pre></section>`
    )
  })
  return `<div class="examples">${(await Promise.all(shown)).join('')}</div>\n`
}

const inserted = async (directive: string): Promise<string> => {
  const [what, name = ''] = directive.trim().split(' ')
  if (what === 'examples') return await examples(name)
  if (what === 'errors') return errorsTable()
  throw new Error(`A guide asks for ${directive}, which there is not`)
}

/** A page of markdown as HTML. @param file relative to this folder */
export const renderMarkdown = async (file: string): Promise<string> => {
  const parts = (await textOf(file)).split(/^:::(.+)$/m)
  const rendered = parts.map(async (part, n) =>
    n % 2 === 0 ? await marked.parse(part) : await inserted(part),
  )
  return (await Promise.all(rendered)).join('')
}
