/** The reference: Swagger UI over the API's description, with a sign-in above it that fills the two tokens. */
import { demoAccountId, demoGroups, demoKeys, demoPassword } from '../demo/practice.ts'
import { escapeHtml } from './html.ts'

interface Field {
  name: string
  label: string
  type: 'text' | 'password'
  /** What the demo fills in. */
  demo: string
}

const fields: readonly Field[] = [
  { name: 'accountId', label: 'Account id', type: 'text', demo: demoAccountId },
  { name: 'apiKey', label: 'API key', type: 'text', demo: demoKeys[0]?.apiKey ?? '' },
  { name: 'username', label: 'User name', type: 'text', demo: 'amelia.vet' },
  { name: 'password', label: 'Password', type: 'password', demo: demoPassword },
]

const input = ({ name, label, type, demo }: Field, filled: boolean): string =>
  `<label>${label} <input name="${name}" type="${type}" value="${filled ? escapeHtml(demo) : ''}"` +
  `${name === 'username' && filled ? ' list="users"' : ''} autocomplete="off" autocapitalize="off" spellcheck="false"></label>`

const demoUsers = (): string => {
  const users = demoGroups.flatMap(({ name, users }) =>
    users.map(({ username, roles }) => {
      const who = `${roles.join(', ')}, ${name}`
      return `<option value="${escapeHtml(username)}">${escapeHtml(who)}</option>`
    }),
  )
  return `<datalist id="users">${users.join('')}</datalist>`
}

const intro = (demo: boolean): string =>
  demo
    ? 'This is the demo practice: the fields are filled in. Sign in, open a call, press <b>Execute</b>.'
    : 'Sign in with a key and a user of yours, open a call, press <b>Execute</b>: it runs on this server.'

/** HTML for the page and its head. */
export const referencePage = ({ demo }: { demo: boolean }): { main: string; head: string } => ({
  head: `<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="stylesheet" href="/docs/assets/reference.css">
<script src="/docs/assets/swagger-ui-bundle.js" defer></script>
<script src="/docs/assets/reference.js" type="module"></script>`,
  main: `<h1>Reference</h1>
<section class="sign-in" aria-labelledby="sign-in-title">
<h2 id="sign-in-title">Sign in to try calls</h2>
<p>${intro(demo)} Without a user name you get an <code>ApiToken</code> alone. The tokens stay in this page.</p>
<form id="sign-in">${fields.map((field) => input(field, demo)).join('\n')}${demo ? demoUsers() : ''}
<p class="buttons"><button type="submit">Sign in</button> <button type="button" id="sign-out" hidden>Sign out</button></p>
</form>
<p id="sign-in-state" role="status">Not signed in.</p>
</section>
<div id="reference"><noscript><p>The reference needs JavaScript; <a href="/openapi.yaml">openapi.yaml</a> has the same
content.</p></noscript></div>`,
})
