/** GET /v2/clientLink/avgWaitForSite */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { siteFor } from './site-for.ts'

const windowMs = 28 * 86_400_000
/** A patient who seems to have waited longer was forgotten on the list. */
const longestWaitMs = 4 * 3_600_000
const minuteMs = 60_000

/** The mean of waits that can be, in whole minutes; undefined where there are none. */
export const averageOf = (
  waits: readonly number[],
): { averageMinutes: number; sampleSize: number } | undefined => {
  const counted = waits.filter((wait) => wait >= 0 && wait <= longestWaitMs)
  if (counted.length === 0) return undefined
  const sum = counted.reduce((total, wait) => total + wait, 0)
  return { averageMinutes: Math.round(sum / counted.length / minuteMs), sampleSize: counted.length }
}

export const avgWaitForSite: Handler<Api['avgWaitForSite']> = async (input, app) => {
  const found = await siteFor(app, input.caller.key, input.query)
  if (!found) return input.fail('UNKNOWN_SITE')
  const { group, site } = found
  const now = app.now()
  const [from, to] = [now - windowMs, now + 1].map((ms) => new Date(ms).toISOString()) as [string, string]
  const keys = await group.index.lookup(['site.waits', String(site.siteId)], { from, to })
  const average = averageOf(keys.map((parts) => Number(parts[1])))
  if (!average) return input.fail('NO_DATA')
  const asOf = new Date(now).toISOString()
  return {
    status: 200,
    body: { siteId: site.siteId, ...average, asOf },
    headers: { 'Cache-Control': 'public, max-age=60' },
  }
}
