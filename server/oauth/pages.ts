/** The pages of OAuth: consent and refusal. No scripts; styles from this server alone. */
import type { Response } from 'express'
import { scopeInWords } from '../contract/scopes.ts'
import { consentPolicy } from '../http/policies.ts'
import type { OAuthClient } from './clients.ts'

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="/oauth/consent.css">
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`

export interface Consent {
  client: OAuthClient
  redirectUri: string
  scopes: readonly string[]
  parameters: Readonly<Record<string, string>>
}

/**
 * @param fault why the last attempt did not succeed
 * @param withCode whether the user has a second factor, as the last attempt has shown
 */
export const consentPage = (
  { client, redirectUri, scopes, parameters }: Consent,
  fault?: string,
  withCode = false,
): string => {
  const hidden = Object.entries({ ...parameters, scope: scopes.join(' ') })
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`)
    .join('\n')
  const asks = scopes.map((scope) => `<li>${escaped(scopeInWords(scope))}</li>`).join('\n')
  const alert = fault === undefined ? '' : `<p class="fault" role="alert" id="fault">${escaped(fault)}</p>`
  const codeField = withCode
    ? `\n<label for="oneTimeCode">Code from your app, or a recovery code</label>
<input id="oneTimeCode" name="oneTimeCode" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="40">`
    : ''
  const described = fault === undefined ? '' : ' aria-describedby="fault" aria-invalid="true"'
  return page(
    `Allow ${client.name}?`,
    `<h1>Allow ${escaped(client.name)}?</h1>
<p><strong>${escaped(client.name)}</strong> asks to do this in your name:</p>
<ul>
${asks}
</ul>
<p>You will be sent back to <strong>${escaped(new URL(redirectUri).host || redirectUri)}</strong>.</p>
${alert}
<form method="post" action="/oauth/authorize" autocomplete="on">
${hidden}
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="200"${described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1000"${described}>${codeField}
<div class="choice">
<button name="decision" value="allow" class="allow">Sign in and allow</button>
<button name="decision" value="deny">Do not allow</button>
</div>
</form>`,
  )
}

export const refusalPage = (reason: string): string =>
  page(
    'This cannot go on',
    `<h1>This cannot go on</h1>\n<p class="fault" role="alert">${escaped(reason)}</p>`,
  )

export const consentStyle = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1rem; }
main { max-width: 30rem; margin: 0 auto; }
label { display: block; margin-top: 1rem; font-weight: 600; }
input:not([type=hidden]) { width: 100%; box-sizing: border-box; font: inherit; padding: .6rem; min-height: 2.75rem; }
.choice { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
button { font: inherit; padding: .6rem 1.2rem; min-height: 2.75rem; border: 1px solid currentColor; border-radius: .4rem; background: transparent; color: inherit; cursor: pointer; }
.allow { background: #14532d; border-color: #14532d; color: #fff; }
:focus-visible { outline: 3px solid #2563eb; outline-offset: 2px; }
.fault { border-left: .3rem solid #b91c1c; padding-left: .75rem; }
`

/** @param redirectUri where the form may end, which a browser counts as where the form goes */
export const sendPage = (response: Response, status: number, html: string, redirectUri?: string): void => {
  const policy = consentPolicy(redirectUri === undefined ? undefined : originOf(redirectUri))
  response.status(status).set({ 'Content-Security-Policy': policy }).type('html').send(html)
}

/** A custom scheme has no origin: the scheme stands for it. */
const originOf = (uri: string): string => {
  const { origin, protocol } = new URL(uri)
  return origin === 'null' ? protocol : origin
}
