/** What waits for nothing but the device: opening, and writing. */
import type { Page } from 'playwright-core'
import type { TestBrowser } from '../../support/browser.ts'
import type { OnPage } from '../../support/library-page/entry.ts'
import { Profile } from '../../support/library-page/library-page.ts'
import { median, type Row } from '../row.ts'
import { inSeconds, seconds, sync, today, user } from './measure.ts'

declare const vetspace: OnPage

const [rounds, writes] = [3, 30]

export const withMany = async (browser: TestBrowser, url: string): Promise<Row[]> => {
  await using profile = await Profile.open(browser, url)
  const first = await profile.tab()
  const { pulled: documents } = await sync(first)
  await first.evaluate(() => vetspace.client.close())
  await first.close()
  const opened: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const page = await profile.blank()
    await profile.context.setOffline(true)
    const usable = async (): Promise<void> => {
      await profile.signIn(page)
      await page.evaluate((day) => vetspace.untilDiary(vetspace.client, day), today())
    }
    opened.push(await seconds(usable))
    await page.evaluate(() => vetspace.client.close())
    await page.close()
    await profile.context.setOffline(false)
  }
  const page = await profile.tab()
  const [write, bare] = [await writing(page), await bareWriting(page)]
  return [
    inSeconds({
      what: `Chromium with Dexie: opened with ${documents} documents, offline, to a usable diary`,
      ...{
        value: median(opened),
        under: 1.5,
        peer: { what: 'the slow hash of the password', value: await hashing(page) },
      },
    }),
    {
      ...{ what: 'Chromium with Dexie: a treatment, from writing to visible', value: write, unit: 'ms' },
      ...{ asked: 'under 50 ms', met: write < 50, peer: { what: 'RxDB alone', value: bare } },
    },
  ]
}

/** Seconds that the password's hash takes alone, of those that opening takes. */
const hashing = (page: Page) =>
  page.evaluate(async () => {
    const started = performance.now()
    const secret = await crypto.subtle.importKey('raw', new Uint8Array(16), 'PBKDF2', false, ['deriveBits'])
    const slow = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(16), iterations: 600_000 }
    await crypto.subtle.deriveBits(slow, secret, 256)
    return (performance.now() - started) / 1000
  })

const writing = async (page: Page): Promise<number> =>
  median(
    await page.evaluate(async (writes) => {
      const { treatments, animals } = vetspace.client.collections
      const animalId = (await animals.findOne().exec())?.id ?? ''
      const times: number[] = []
      for (let n = 0; n < writes; n += 1) {
        const id = vetspace.newId()
        const started = performance.now()
        await new Promise<void>((visible) => {
          const seen = treatments.find({ selector: { animalId } }).$.subscribe((found) => {
            if (!found.some((one) => one.id === id)) return
            queueMicrotask(() => seen.unsubscribe())
            visible()
          })
          void treatments.insert({
            ...{ id, animalId, description: 'Hoof trim', quantity: '1', unitPrice: 2000 },
            ...{ currency: 'GBP', vatRate: 2000, treatedAt: new Date().toISOString() },
          })
        })
        times.push(performance.now() - started)
      }
      return times
    }, writes),
  )

const bareWriting = async (page: Page): Promise<number> => {
  const options = { url: '', names: ['treatments'], ...user }
  return median(
    await page.evaluate(
      async ({ options, writes }) => {
        const peer = await vetspace.openCouchPeer(options)
        const times: number[] = []
        for (let n = 0; n < writes; n += 1) {
          const id = vetspace.newId()
          const started = performance.now()
          await new Promise<void>((visible) => {
            const seen = peer.collections['treatments']?.find().$.subscribe((found) => {
              if (!found.some((one) => one.id === id)) return
              queueMicrotask(() => seen?.unsubscribe())
              visible()
            })
            void peer.collections['treatments']?.insert({ id, description: 'Hoof trim', quantity: '1' })
          })
          times.push(performance.now() - started)
        }
        await peer.close()
        return times
      },
      { options, writes },
    ),
  )
}
