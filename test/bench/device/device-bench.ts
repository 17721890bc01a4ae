/**
 * A device as a vet has it: the library in headless Chromium with Dexie, on loopback and over the field's link, each
 * figure beside RxDB's own `replicateCouchDB` (or RxDB alone) in the same browser over the same storage.
 */
import { chromium, type Page } from 'playwright-core'
import { chromiumPath, TestBrowser } from '../../support/browser.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import type { OnPage } from '../../support/library-page/entry.ts'
import { Profile } from '../../support/library-page/library-page.ts'
import { fieldLink } from '../../support/slow-link.ts'
import { makeClients } from '../make-clients.ts'
import { median, type Row } from '../row.ts'
import { inSeconds, seconds, sync, today, user } from './measure.ts'
import { withMany } from './on-the-device.ts'
import { withServer, type Running } from '../with-server.ts'

declare const vetspace: OnPage

const [firstDocuments, manyDocuments, changes, rounds] = [5000, 20_000, 400, 3]

export const deviceBench = async (): Promise<Row[]> => {
  const executablePath = chromiumPath()
  if (executablePath === undefined) {
    console.error('SKIPPED: there is no Chromium (CHROMIUM_PATH)')
    return []
  }
  await using browser = new TestBrowser(await chromium.launch({ executablePath }))
  return await withServer(async (running) => {
    await makeClients(running.api, firstDocuments - (await documentsOf(running)))
    const loopback = await firstPull(browser, running.server.url)
    const slow = await overSlowLink(browser, running)
    await makeClients(running.api, manyDocuments - firstDocuments)
    return [loopback, ...slow, ...(await withMany(browser, running.server.url))]
  })
}

/** How many documents a first pull brings. */
const documentsOf = async ({ server, api }: Running): Promise<number> => {
  const response = await fetch(`${server.url}/v2/mobile/sync/pull`, {
    method: 'POST',
    headers: { ...api.headers, 'Content-Type': 'application/json', Prefer: 'count=exact' },
    body: JSON.stringify({ deviceId: 'bench', collection: 'reference', checkpoint: null, limit: 1 }),
  })
  const { counts } = (await response.json()) as { counts: Record<string, number> }
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

const couchUrl = (url: string): string => `${url}/sync/group-1/`

/** Seconds of a `replicateCouchDB` of the collections on a page of its own. */
const peerPull = async (browser: TestBrowser, url: string, names: string[]): Promise<number> => {
  await using profile = await Profile.open(browser, url)
  const page = await profile.blank()
  const options = { url: couchUrl(url), names, ...user }
  return await seconds(() =>
    page.evaluate(async (options) => (await vetspace.openCouchPeer(options)).sync('pull'), options),
  )
}

const collections = [
  'reference',
  'treatmentCodes',
  'clients',
  'animals',
  'appointments',
  'treatments',
  'payments',
]

const firstPull = async (browser: TestBrowser, url: string): Promise<Row> => {
  const times: number[] = []
  let documents = 0
  for (let round = 0; round < rounds; round += 1) {
    await using profile = await Profile.open(browser, url)
    const page = await profile.tab()
    times.push(await seconds(async () => (documents = (await sync(page)).pulled)))
  }
  const what = `Chromium with Dexie: first pull of ${documents} documents, loopback`
  const peer = { what: 'replicateCouchDB', value: await peerPull(browser, url, collections) }
  return inSeconds({ what, value: median(times), under: 5, peer })
}

const overSlowLink = async (browser: TestBrowser, { server: { url } }: Running): Promise<Row[]> => {
  const diary: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await using proxy = await FaultProxy.open(url, fieldLink)
    await using profile = await Profile.open(browser, proxy.url)
    const page = await profile.blank()
    const usable = async (): Promise<void> => {
      await profile.signIn(page)
      await page.evaluate(async (day) => {
        await vetspace.client.sync.start()
        return await vetspace.untilDiary(vetspace.client, day)
      }, today())
    }
    diary.push(await seconds(usable))
  }
  await using proxy = await FaultProxy.open(url, fieldLink)
  const needed = await peerPull(browser, proxy.url, ['reference', 'appointments', 'clients', 'animals'])
  return [
    inSeconds({
      what: 'the field’s link: a usable diary, from sign-in on a new phone',
      ...{
        value: median(diary),
        under: 3,
        peer: { what: 'replicateCouchDB of what it needs', value: needed },
      },
    }),
    await afterTenDays(browser, url),
  ]
}

/** Changes as a vet makes them in ten days: treatments of what is in the diary, and weights. */
const work = (page: Page, count: number) =>
  page.evaluate(async (count) => {
    const { collections } = vetspace.client
    const animals = await collections.animals.find({ sort: [{ id: 'asc' }], limit: 100 }).exec()
    for (let n = 0; n < count; n += 1) {
      const animal = animals[n % animals.length]
      if (n % 4 === 0) await animal?.incrementalPatch({ weightGrams: 400_000 + n })
      else
        await collections.treatments.insert({
          ...{ id: vetspace.newId(), animalId: animal?.id ?? '', description: `Line ${n}`, quantity: '1' },
          ...{ unitPrice: 1000, currency: 'GBP', vatRate: 2000, treatedAt: new Date().toISOString() },
        })
    }
  }, count)

const afterTenDays = async (browser: TestBrowser, url: string): Promise<Row> => {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await using proxy = await FaultProxy.open(url)
    await using profile = await Profile.open(browser, proxy.url)
    const page = await profile.tab()
    await sync(page)
    await profile.context.setOffline(true)
    await work(page, changes)
    proxy.setLink(fieldLink)
    await profile.context.setOffline(false)
    times.push(await seconds(() => sync(page)))
  }
  const what = `the field’s link: back in sync after ten days offline with ${changes} changes`
  return inSeconds({
    ...{ what, value: median(times), under: 5 },
    peer: { what: 'replicateCouchDB of as many new records', value: await peerPush(browser, url) },
  })
}

const peerPush = async (browser: TestBrowser, url: string): Promise<number> => {
  await using proxy = await FaultProxy.open(url)
  await using profile = await Profile.open(browser, proxy.url)
  const page = await profile.blank()
  const options = { url: couchUrl(proxy.url), names: ['clients'], ...user }
  const peer = await page.evaluateHandle((options) => vetspace.openCouchPeer(options), options)
  await peer.evaluate((peer) => peer.sync('both'))
  await peer.evaluate(async (peer, count) => {
    const made = Array.from({ length: count }, (_, n) => ({
      ...{ id: vetspace.newId(), lastName: `Peer ${n}`, siteIds: [1] },
    }))
    await peer.collections['clients']?.bulkInsert(made)
  }, changes)
  proxy.setLink(fieldLink)
  return await seconds(() => peer.evaluate((peer) => peer.sync('both')))
}
