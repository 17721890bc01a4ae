/** The table of error codes, from the one that the code uses, with the calls that may answer each. */
import { api } from '../contract/api.ts'
import type { CallSpec } from '../contract/call.ts'
import { commonErrors, errorTable, type ErrorCode } from '../contract/errors.ts'
import { errorsOf } from '../openapi/operation.ts'
import { escapeHtml } from './html.ts'

const calls = Object.entries<CallSpec>(api)
const ofEvery = new Set<ErrorCode>(commonErrors)
/** Where more calls than these answer a code, their names tell nothing. */
const mostNamed = 6

const callsWith = (code: ErrorCode): string => {
  if (code === 'UNKNOWN_CALL' || code === 'METHOD_NOT_ALLOWED') return 'what is no call'
  if (ofEvery.has(code)) return 'any call'
  const found = calls.filter(([, spec]) => errorsOf(spec).includes(code))
  if (found.length > mostNamed) return `${found.length} calls`
  const links = found.map(([name, { service }]) => `<a href="/docs#/${service}/${name}">${name}</a>`)
  return links.join(', ') || 'an item of an upload'
}

/** With inline code in backticks. */
const words = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')

const row = (code: ErrorCode): string => {
  const { status, title, help } = errorTable[code]
  return (
    `<tr id="${code}"><td>${status}</td><td><code>${code}</code></td>` +
    `<td><strong>${words(title)}.</strong> ${words(help)}</td><td>${callsWith(code)}</td></tr>`
  )
}

/** HTML, by status and then by name. */
export const errorsTable = (): string => {
  const codes = (Object.keys(errorTable) as ErrorCode[]).sort(
    (a, b) => errorTable[a].status - errorTable[b].status || a.localeCompare(b),
  )
  return (
    '<table class="errors"><thead><tr><th>Status</th><th>Code</th><th>What it means, what to do</th><th>Answered by</th></tr></thead>' +
    `<tbody>${codes.map(row).join('\n')}</tbody></table>\n`
  )
}
