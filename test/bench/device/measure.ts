/** What the measurements of a device share. */
import type { Page } from 'playwright-core'
import { calendarOf } from '../../../sync/bookings/calendar.ts'
import { demoPassword } from '../../../server/demo/practice.ts'
import type { OnPage } from '../../support/library-page/entry.ts'
import type { Row } from '../row.ts'

declare const vetspace: OnPage

export const user = { username: 'amelia.vet', password: demoPassword }

/** Today in the demo practice's time zone, as instants. */
export const today = (): { from: string; to: string } => {
  const calendar = calendarOf('Europe/London')
  const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' }).format(Date.now())
  const from = calendar.at(date, '00:00')
  return { from: new Date(from).toISOString(), to: new Date(from + 86_400_000).toISOString() }
}

export const inSeconds = (row: Omit<Row, 'unit' | 'asked' | 'met'> & { under: number }): Row => {
  const { under, ...rest } = row
  return { ...rest, unit: 's', asked: `under ${under} s`, met: rest.value < under }
}

export const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

export const sync = (page: Page) => page.evaluate(() => vetspace.client.sync.syncNow())
