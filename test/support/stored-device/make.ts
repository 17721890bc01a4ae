/**
 * Stores a device of a release in a file, for later releases to open: pulled records, one of each kind of work that
 * waits, a refused item and a conflict. `npm run store-device -- FILE [SRC]`, where SRC is the `mobile-client-lib/src` of the
 * release's working copy; this one's where absent.
 */
import { writeFile } from 'node:fs/promises'
import type { Page, Route } from 'playwright-core'
import { chromium } from 'playwright-core'
import { chromiumPath, TestBrowser } from '../browser.ts'
import { Profile } from '../library-page/library-page.ts'
import type { OnPage } from '../library-page/entry.ts'
import { startServer, type TestServer } from '../server.ts'
import { ids, makePracticeRecords, photo } from './records.ts'

declare const vetspace: OnPage

type Json = Record<string, unknown>

/** Of what the demo practice has, a few of each collection, and all that this is about. */
const few = async (route: Route): Promise<void> => {
  const headers = { ...route.request().headers(), accept: 'application/json' }
  const response = await route.fetch({ headers })
  const page = (await response.json()) as { documents?: Json[] }
  const about = new Set<unknown>(Object.values(ids))
  const documents = page.documents?.filter((one, i) => i < 3 || about.has(one['id']) || 'recordId' in one)
  await route.fulfill({ response, json: { ...page, ...(documents && { documents }) } })
}

const edit = async (server: TestServer, changes: Json): Promise<void> => {
  const { headers } = await server.signIn('rita.reception')
  const { body } = await server.request(`/v2/mobile/sync/pull`, {
    json: { deviceId: 'front-desk', collection: 'animals', checkpoint: null, limit: 10_000 },
    headers,
  })
  const record = (body['documents'] as Json[]).find((one) => one['id'] === ids.renamed)
  const editedAt = new Date(server.clock.now).toISOString()
  const baseRevision = record?.['revision']
  const item = { clientItemId: crypto.randomUUID(), id: ids.renamed, editedAt, baseRevision, changes }
  const json = { deviceId: 'front-desk', batchId: crypto.randomUUID(), sentAt: editedAt, items: [item] }
  await server.request('/v2/mobile/uploadAnimalItems', { json, headers })
}

/** On the page: what the server refuses, and what both sides change. */
const meetTheServer = async (page: Page, server: TestServer): Promise<void> => {
  await page.evaluate(async (ids) => {
    const { collections, sync } = vetspace.client
    const treatedAt = new Date().toISOString()
    const { animal: animalId, refusedTreatment: id } = ids
    await collections.treatments.insert({ id, animalId, code: 'NO-SUCH', quantity: '1', treatedAt })
    await sync.syncNow()
    const renamed = await collections.animals.findOne(ids.renamed).exec()
    await renamed?.incrementalPatch({ name: 'Sealwoman' })
  }, ids)
  await edit(server, { name: { from: 'Selkie', to: 'Finfolk' } })
  await page.evaluate(() => vetspace.client.sync.syncNow())
}

/** On the page, without a network: one of each kind of work. */
const workOffline = (page: Page): Promise<void> =>
  page.evaluate(
    async ({ ids, photo }) => {
      const { collections, documents } = vetspace.client
      const now = new Date().toISOString()
      const { newClient, newAnimal, animal: animalId, client: clientId } = ids
      await collections.clients.insert({ id: newClient, lastName: 'Waiting', siteIds: [1] })
      await collections.animals.insert({ id: newAnimal, clientId: newClient, name: 'Nuckelavee' })
      const treatment = { id: ids.newTreatment, animalId, description: 'Hoof trim', quantity: '1' }
      const price = { unitPrice: 2000, currency: 'GBP', vatRate: 2000 }
      await collections.treatments.insert({ ...treatment, ...price, treatedAt: now })
      const payment = { id: ids.newPayment, clientId, method: 'CARD' as const, amount: 4500, currency: 'GBP' }
      await collections.payments.insert({ ...payment, takenAt: now })
      const animal = await collections.animals.findOne(animalId).exec()
      await animal?.incrementalPatch({ weightGrams: 431_000 })
      const meta = { animalId, title: 'Near fore', category: 'photo', contentType: 'text/plain' }
      await documents.add(new TextEncoder().encode(photo), meta)
      await vetspace.client.close()
    },
    { ids, photo },
  )

const [file, library] = process.argv.slice(2)
const executablePath = chromiumPath()
if (!file || !executablePath) throw new Error('store-device FILE [SRC]; it takes a Chromium')
await using server = await startServer()
await makePracticeRecords(server, await server.signIn('rita.reception'))
await using browser = new TestBrowser(await chromium.launch({ executablePath }))
await using profile = await Profile.open(browser, server.url, library)
await profile.context.route('**/v2/mobile/sync/pull', few)
const page = await profile.tab()
await page.evaluate(() => vetspace.client.sync.syncNow())
await meetTheServer(page, server)
await profile.context.setOffline(true)
await workOffline(page)
await writeFile(file, JSON.stringify(await page.evaluate(() => vetspace.dumpIndexedDbs())))
