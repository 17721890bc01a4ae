/**
 * A device as the previous release left it (`test/fixtures/stored-device-0.json`, made by `npm run store-device`), opened
 * by this one in a browser with real IndexedDB: everything is there, and is sent. And one that a later release left.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { demoPassword } from '../../server/demo/practice.ts'
import { PracticeApi } from '../integration/client-library/practice-api.ts'
import { browserOrSkip, type TestBrowser } from '../support/browser.ts'
import type { OnPage } from '../support/library-page/entry.ts'
import type { StoredDb } from '../support/library-page/indexed-dbs.ts'
import { Profile } from '../support/library-page/library-page.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { ids, makePracticeRecords, photo } from '../support/stored-device/records.ts'

declare const vetspace: OnPage

type Row = Record<string, unknown> & { data?: { name?: string; version?: number } }

const fixture = path.resolve(import.meta.dirname, '../fixtures/stored-device-0.json')
/** A day after the device was stored: its records have not grown out of their windows. */
const storedAt = Date.parse('2026-11-24T04:48:34Z')
const day = 86_400_000

describe('a device that another release of the client library has left', function () {
  this.timeout(180_000)
  let browser: TestBrowser
  let server: TestServer
  let stored: StoredDb[]
  let profile: Profile
  before(async function () {
    browser = await browserOrSkip(this)
    stored = JSON.parse(await readFile(fixture, 'utf8')) as StoredDb[]
  })
  after(() => browser?.[Symbol.asyncDispose]())
  beforeEach(async () => {
    server = await startServer({ clock: { now: storedAt + day } })
    await makePracticeRecords(server, await server.signIn('rita.reception'))
    profile = await Profile.open(browser, server.url)
  })
  afterEach(async () => {
    await profile[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  /** A tab of this release over what the other has left. */
  const tabOver = async (left: readonly StoredDb[]): Promise<Page> => {
    const page = await profile.blank()
    await page.evaluate((left) => vetspace.loadIndexedDbs(left), left)
    return page
  }
  const sync = (page: Page) => page.evaluate(() => vetspace.client.sync.syncNow())
  const sizes = (page: Page) =>
    page.evaluate(async () => {
      const { collections } = vetspace.client
      const found = Object.entries(collections).map(async ([name, collection]) => {
        const records = await (collection as typeof collections.clients).find().exec()
        return [name, records.length] as const
      })
      return Object.fromEntries(await Promise.all(found))
    })
  /** What waits on the page's device, and the file of the queued document. */
  const waiting = (page: Page) =>
    page.evaluate(async () => {
      const { client } = vetspace
      const { pending, rejected, conflicts } = client.sync.status$.value
      const unsent: string[] = []
      const subscription = client.unsent$.subscribe((records) => {
        unsent.splice(0, unsent.length, ...records.map((one) => `${one.collectionName} ${one.record.id}`))
      })
      while (unsent.length < pending) await new Promise(requestAnimationFrame)
      subscription.unsubscribe()
      const document = unsent.find((one) => one.startsWith('documents'))?.split(' ')[1] ?? ''
      const file = new TextDecoder().decode((await client.documents.content(document)).bytes)
      return { status: { pending, rejected, conflicts }, unsent, file, document }
    })
  const settle = (page: Page): Promise<void> =>
    page.evaluate(async (ids) => {
      const { client } = vetspace
      await client.rejected.retry(ids.refusedTreatment, { code: 'CONS' })
      const [conflict] = await client.collections.conflicts.find().exec()
      const values = conflict?.values.map(({ value }) => value) ?? []
      await client.conflicts.resolve(conflict?.id ?? '', { index: values.indexOf('Sealwoman') })
    }, ids)
  const expected = [
    ...[`clients ${ids.newClient}`, `animals ${ids.animal}`, `animals ${ids.newAnimal}`],
    ...[`treatments ${ids.newTreatment}`, `payments ${ids.newPayment}`],
  ]

  for (const encryptionPassword of [undefined, 'asked for with the new release'])
    it(`has all of the work, ${encryptionPassword ? 'encrypted from now on, ' : ''}and sends it`, async () => {
      const page = await tabOver(stored)
      await profile.context.setOffline(true)
      await profile.signIn(page, encryptionPassword ? { encryptionPassword } : {})
      const left = await waiting(page)
      expect(left.status).to.deep.equal({ pending: 6, rejected: 1, conflicts: 1 })
      expect(left.unsent).to.include.members([...expected, `documents ${left.document}`])
      expect(left.file).to.equal(photo)
      expect(await sizes(page)).to.include({ clients: 5, animals: 6, treatmentCodes: 3, appointments: 3 })
      await settle(page)

      await profile.context.setOffline(false)
      await page.evaluate(() => vetspace.client.close())
      await profile.signIn(page, encryptionPassword ? { encryptionPassword } : {})
      await sync(page)
      const { pending, rejected } = await page.evaluate(() => vetspace.client.sync.status$.value)
      expect({ pending, rejected }).to.deep.equal({ pending: 0, rejected: 0 })
      const api = await PracticeApi.signIn(server)
      expect(await api.record('Animal', ids.animal)).to.include({ weightGrams: 431_000 })
      expect(await api.record('Animal', ids.renamed)).to.include({ name: 'Sealwoman' })
      expect(await api.record('Client', ids.newClient)).to.include({ lastName: 'Waiting' })
      expect(await api.record('Animal', ids.newAnimal)).to.include({ clientId: ids.newClient })
      expect(await api.record('Treatment', ids.newTreatment)).to.include({ description: 'Hoof trim' })
      expect(await api.record('Treatment', ids.refusedTreatment)).to.include({ code: 'CONS' })
      expect(await api.record('Payment', ids.newPayment)).to.include({ amount: 4500 })
      expect(await api.record('Document', left.document)).to.include({ title: 'Near fore' })
    })

  /** Why signing in did not open the device's data. */
  const refusal = async (page: Page): Promise<string> =>
    await profile.signIn(page).then(
      () => 'none',
      (error: Error) => error.message,
    )
  /** The same of another try with the same client. */
  const again = (page: Page): Promise<string> =>
    page.evaluate(
      (password) =>
        vetspace.client.signIn({ username: 'amelia.vet', password }).then(
          () => 'none',
          (error: Error) => error.message,
        ),
      demoPassword,
    )
  const isUsers = ({ name }: StoredDb): boolean => !name.includes('-device--')

  it('is not touched where a later release wrote it, and says so', async () => {
    const later = stored.map((db) => ({
      ...db,
      tables: db.tables.map((table) => ({ ...table, rows: (table.rows as Row[]).map(asLater) })),
    }))
    const page = await tabOver(later)
    const before = await page.evaluate(() => vetspace.dumpIndexedDbs())
    expect(await refusal(page)).to.contain('A newer version of this app')
    expect(await again(page), 'and again').to.contain('A newer version of this app')
    await page.evaluate(() => vetspace.client.close())
    const after = await page.evaluate(() => vetspace.dumpIndexedDbs())
    expect(after.filter(isUsers)).to.deep.equal(before.filter(isUsers))
  })

  it('is brought up to date when no other tab has it open any more, and not before', async () => {
    const page = await tabOver(stored)
    const other = await profile.blank()
    const user = stored.find(isUsers)?.name.split('--')[0]?.replace('rxdb-dexie-', '') ?? ''
    await other.evaluate(async (user) => {
      await new Promise<void>((held) => {
        void navigator.locks.request(`vetspace:vetspace/open/${user}`, { mode: 'shared' }, async () => {
          held()
          const channel = new BroadcastChannel('vetspace:vetspace')
          await new Promise<void>((release) => {
            let asked = 0
            channel.onmessage = ({ data }: MessageEvent<{ kind: string; database: string }>) => {
              if (data.kind === 'left' && data.database === user) asked += 1
              if (asked === 2) release()
            }
          })
        })
      })
    }, user)
    expect(await refusal(page)).to.contain('open in another tab')
    expect(await again(page)).to.equal('none')
    expect((await waiting(page)).status).to.deep.equal({ pending: 6, rejected: 1, conflicts: 1 })
  })
})

/** The database's own note of a collection, as a release of a higher schema version makes it. */
const asLater = (row: Row): Row =>
  row.data?.name === 'treatments' && row.data.version !== undefined
    ? { ...row, id: String(row['id']).replace('-0', '-7'), data: { ...row.data, version: 7 } }
    : row
