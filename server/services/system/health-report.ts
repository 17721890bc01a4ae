/** GET /v2/groups/healthReport: JSON, or a page for people. */
import Negotiator from 'negotiator'
import type { Api } from '../../contract/api.ts'
import { pagePolicies } from '../../http/policies.ts'
import { streamed, type Handler } from '../../http/handler.ts'
import { healthOfAll, type GroupHealth } from './group-health.ts'

export const healthReport: Handler<Api['healthReport']> = async (input, app) => {
  const groups = await healthOfAll(app, input.caller.key)
  const asOf = new Date(app.now()).toISOString()
  const wanted = new Negotiator(input.request).mediaType(['application/json', 'text/html'])
  if (wanted !== 'text/html')
    return { status: 200, body: { asOf, groups }, headers: { Vary: 'Origin, Accept, Accept-Encoding' } }
  input.response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': pagePolicies.report,
    Vary: 'Origin, Accept',
  })
  input.response.end(page(asOf, groups))
  return streamed
}

const escaped = (text: unknown): string =>
  String(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

const words = { ok: 'OK', attention: 'Needs attention', down: 'Down' } as const
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

const style = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
  body { margin: 1.5rem; max-width: 70rem }
  table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto }
  th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #8886; vertical-align: top }
  .ok { color: light-dark(#1a6b2c, #7ddb92) }
  .attention { color: light-dark(#7a4b00, #f0b95b) }
  .down { color: light-dark(#a3131f, #ff9a9f) }`

const pmsInWords = ({ pmsAgent: { configured, up, waiting } }: GroupHealth): string =>
  configured ? `${up ? 'up' : 'away'}${waiting > 0 ? `, ${waiting} waiting` : ''}` : 'none'

const row = (group: GroupHealth): string => {
  const { devices, disk, errorRate } = group
  const last = devices.lastSeen[0]
  const cells = [
    `${escaped(words[group.status])}${group.reasons.map((reason) => `<br>${escaped(reason)}`).join('')}`,
    `${group.syncLagMs} ms`,
    `${devices.seenLastDay} of ${devices.known} in a day${last ? `<br>last at ${escaped(last.lastSeenAt)}` : ''}`,
    group.conflictsOpen,
    group.rejectedLately,
    pmsInWords(group),
    `${errorRate.errors} of ${errorRate.requests} in ${errorRate.windowMinutes} min`,
    `${gigabytes(disk.freeBytes)} of ${gigabytes(disk.totalBytes)} free`,
  ]
  const [status, ...others] = cells
  return (
    `<tr><th scope="row">${escaped(group.name)} (${group.groupId})</th><td class="${group.status}">${status}</td>` +
    `${others.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  )
}

const page = (asOf: string, groups: readonly GroupHealth[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Health of the groups</title>
<style>${style}</style>
<h1>Health of the groups</h1>
<p>As of <time datetime="${asOf}">${asOf}</time>, as this server sees it.</p>
<table>
<thead><tr><th scope="col">Group<th scope="col">Status<th scope="col">Sync lag<th scope="col">Devices
<th scope="col">Conflicts open<th scope="col">Refused in 30 days<th scope="col">PMS agent
<th scope="col">Errors<th scope="col">Disk</tr></thead>
<tbody>
${groups.map(row).join('\n')}
</tbody>
</table>
</html>
`
