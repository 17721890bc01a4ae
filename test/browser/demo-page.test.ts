/** The demo page on a phone, with real IndexedDB: a vet's day with the network switched off in the middle. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { TOTP } from 'otpauth'
import { demoPassword } from '../../server/demo/practice.ts'
import { PracticeApi } from '../integration/client-library/practice-api.ts'
import { browserOrSkip, scrollsSideways, type TestBrowser } from '../support/browser.ts'
import { DemoPage } from '../support/demo-page.ts'
import { startServer, type SignedIn, type TestServer } from '../support/server.ts'

/** A PNG of one dot. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const screenshots = path.resolve('test-output', 'screenshots')

type Json = Record<string, unknown>

const amelia = '6f1c8f0e-0000-4000-8000-000000000011'

describe('the demo page', function () {
  this.timeout(240_000)
  let browser: TestBrowser
  let server: TestServer
  let reception: SignedIn
  before(async function () {
    browser = await browserOrSkip(this)
    server = await startServer()
    reception = await server.signIn('rita.reception')
    await mkdir(screenshots, { recursive: true })
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  const historyOf = async (animalId: string): Promise<Json[]> => {
    const { body } = await server.request(`/v2/mobile/animals/${animalId}/history?limit=500`, {
      headers: reception.headers,
    })
    return body['items'] as Json[]
  }
  const dayOf = async (): Promise<Json[]> => {
    const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' }).format(server.clock.now)
    const { body } = await server.request(`/v2/mobile/retrieveFullList?siteId=1&date=${date}`, {
      headers: reception.headers,
    })
    return body['items'] as Json[]
  }
  const shot = (demo: DemoPage, name: string): Promise<Buffer> =>
    demo.page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true })

  it('lets a vet do the day without a network, reload in the middle of it, and lose nothing', async () => {
    const demo = await DemoPage.open(browser, server.url)
    await demo.signIn('amelia.vet')
    await demo.untilBadge(/Up to date/)
    await demo.untilKept()
    await shot(demo, 'diary')
    await demo.network(false)
    const id = await demo.openAppointment(1)
    await demo.page.getByRole('button', { name: 'Arrived', exact: true }).click()
    await demo.page.getByRole('button', { name: 'Start treatment' }).click()
    await demo.page.getByRole('button', { name: 'Treatment done' }).click()
    await demo.addTreatment('con')
    await demo.writeNotes('Sound on all four. Nächste Woche wieder.')
    await demo.choosePhoto('hoof.png', dot)
    await demo.takePayment()
    await shot(demo, 'appointment-offline')
    await demo.untilBadge(/No signal/)

    await demo.page.reload()
    await demo.signIn('amelia.vet')
    expect(demo.page.url(), 'where the vet was').to.contain(id)
    await demo.page.getByText('Nothing to pay').waitFor()
    expect(await demo.page.locator('textarea').inputValue()).to.contain('Nächste Woche')
    await demo.openSync()
    await demo.page.getByText('Waiting to be sent').waitFor()
    await demo.page.getByText(/Payment CARD/).waitFor()
    await shot(demo, 'sync-offline')

    await demo.network(true)
    await demo.untilBadge(/Up to date/)
    await demo.page.getByText('Nothing.', { exact: true }).waitFor()
    const appointment = (await dayOf()).find((item) => item['id'] === id)
    expect(appointment).to.include({ status: 'PAID', notes: 'Sound on all four. Nächste Woche wieder.' })
    const [animalId] = appointment?.['animalIds'] as string[]
    const ofVisit = (await historyOf(String(animalId))).filter(
      (item) => ((item['treatment'] ?? item['document']) as Json | undefined)?.['appointmentId'] === id,
    )
    expect(ofVisit.map(({ type }) => type)).to.have.members(['treatment', 'document'])
    expect(demo.faults).to.deep.equal([])
    await demo.page.context().close()
  })

  it('shows two people’s different notes to both, and lets one settle them', async () => {
    const amelia = await DemoPage.open(browser, server.url)
    const ben = await DemoPage.open(browser, server.url)
    for (const [demo, name] of [
      [amelia, 'amelia.vet'],
      [ben, 'ben.vet'],
    ] as const) {
      await demo.signIn(name)
      await demo.untilBadge(/Up to date/)
    }
    const id = await amelia.openAppointment(3)
    await ben.page.goto(`${server.url}/demo/#/appointment/${id}`)
    await ben.page.locator('textarea').waitFor()
    for (const demo of [amelia, ben]) await demo.network(false)
    await amelia.writeNotes('Lame on the near fore')
    await ben.writeNotes('Lame on the off fore')
    for (const demo of [amelia, ben]) {
      await demo.network(true)
      await demo.openSync()
      await demo.page.getByRole('button', { name: 'Sync now' }).click()
    }
    const conflict = ben.page.getByRole('group', { name: /appointment: notes/ })
    await conflict.waitFor()
    await shot(ben, 'conflict')
    await conflict
      .getByRole('button', { name: /near fore/ })
      .first()
      .click()
    await conflict.waitFor({ state: 'detached' })
    await ben.untilBadge(/Up to date$/)
    await amelia.page.getByRole('group', { name: /appointment: notes/ }).waitFor({ state: 'detached' })
    expect((await dayOf()).find((item) => item['id'] === id)).to.include({ notes: 'Lame on the near fore' })
    for (const demo of [amelia, ben]) await demo.page.context().close()
  })

  for (const dark of [false, true])
    it(`is fit for a screen reader and a narrow screen, ${dark ? 'dark' : 'light'}`, async () => {
      const demo = await DemoPage.open(browser, server.url, { dark })
      const look = async (name: string): Promise<void> => {
        await shot(demo, `${name}-${dark ? 'dark' : 'light'}`)
        expect(await demo.violations(), name).to.deep.equal([])
        expect(await scrollsSideways(demo.page), name).to.equal(false)
      }
      await look('sign-in')
      await demo.signIn('ben.vet')
      await demo.untilBadge(/Up to date/)
      await demo.page.locator('.diary').waitFor()
      await look('diary')
      await demo.openAppointment(0)
      await demo.page.getByLabel('Add from the price list').fill('in')
      await demo.page.locator('.found').waitFor()
      await look('appointment')
      await demo.openSync()
      await look('sync')
      await demo.page.context().close()
    })

  it('holds long names, names written from right to left, and many alerts, on small phones and made twice as large', async () => {
    const practice = await PracticeApi.signIn(server)
    const clientId = await practice.create('Client', {
      ...{
        firstName: 'Wilhelmina-Alexandrina',
        lastName: 'Featherstonehaugh-Cholmondeley-Marjoribanks',
        siteIds: [1],
      },
    })
    const alerts = Array.from({ length: 12 }, (_, n) => `Beware of ${'hooves'.repeat(n + 1)}`)
    const names = ['مهرة الريح البيضاء', 'X'.repeat(60)]
    const animalIds: string[] = []
    for (const name of names)
      animalIds.push(
        await practice.create('Animal', {
          clientId,
          name,
          alerts,
          allergies: ['Penicillin', 'Sulphonamides'],
        }),
      )
    // Of another vet than who looks: seen again, too, by who comes back to the diary of everybody.
    const another = (await dayOf()).find(({ practitionerId }) => practitionerId === amelia)
    const { practitionerId, startsAt, endsAt } = another ?? {}
    const id = await practice.create('Appointment', {
      ...{
        siteId: 1,
        practitionerId,
        clientId,
        animalIds,
        startsAt,
        endsAt,
        reasonText: 'Überweisung '.repeat(8),
      },
    })
    const demo = await DemoPage.open(browser, server.url)
    await demo.signIn('ben.vet')
    await demo.page.getByLabel('Only mine').uncheck()
    for (const width of [320, 195]) {
      await demo.page.setViewportSize({ width, height: 568 })
      await demo.page.locator(`.diary a[href$="${id}"]`).waitFor()
      await shot(demo, `diary-long-names-${width}`)
      expect(await scrollsSideways(demo.page), `diary at ${width}`).to.equal(false)
      await demo.page.locator(`.diary a[href$="${id}"]`).click()
      await demo.page
        .getByRole('heading', { name: names[0] ?? '' })
        .first()
        .waitFor()
      await shot(demo, `appointment-long-names-${width}`)
      expect(await scrollsSideways(demo.page), `appointment at ${width}`).to.equal(false)
      expect(await demo.violations(), `appointment at ${width}`).to.deep.equal([])
      await demo.openSync()
      expect(await scrollsSideways(demo.page), `sync at ${width}`).to.equal(false)
      await demo.openDiary()
    }
    await demo.page.context().close()
  })

  it('takes a line back that was sent', async () => {
    const demo = await DemoPage.open(browser, server.url)
    await demo.signIn('amelia.vet')
    await demo.untilBadge(/Up to date/)
    await demo.openAppointment(0)
    const lines = demo.page.locator('.lines li:not(.total)')
    const before = await lines.count()
    await demo.addTreatment('con')
    await demo.untilBadge(/Up to date/)
    await lines.nth(before).getByText('Take back').click()
    await demo.page.getByRole('button', { name: 'Void this line' }).click()
    await demo.page.locator('.lines li.voided').waitFor()
    await demo.untilBadge(/Up to date/)
    expect(demo.faults).to.deep.equal([])
    await demo.page.context().close()
  })

  it('asks whoever has a second factor for a code', async () => {
    const { headers } = await server.signIn('nina.nurse')
    const call = async (name: string, json: object): Promise<Json> =>
      (await server.request(`/v2/authentication/secondFactor/${name}`, { json, headers })).body
    const { secret } = await call('enrol', { password: demoPassword })
    const totp = new TOTP({ secret: String(secret) })
    const oneTimeCode = totp.generate({ timestamp: server.clock.now })
    const { recoveryCodes } = await call('confirm', { oneTimeCode })
    const demo = await DemoPage.open(browser, server.url)
    await demo.page.getByLabel('User name').fill('nina.nurse')
    await demo.page.getByLabel('Password').fill(demoPassword)
    await demo.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await demo.page.getByLabel(/^Code from your app/).fill(String((recoveryCodes as string[])[0]))
    await shot(demo, 'second-factor')
    expect(await demo.violations()).to.deep.equal([])
    await demo.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await demo.untilBadge(/Up to date/)
    await demo.page.context().close()
  })

  it('can be used with the keyboard alone', async () => {
    const demo = await DemoPage.open(browser, server.url)
    const { keyboard } = demo.page
    await demo.page.getByLabel('User name').focus()
    await keyboard.type('ben.vet')
    await keyboard.press('Tab')
    await keyboard.type('Demo-Practice-2026')
    await keyboard.press('Enter')
    await demo.page.locator('.diary').waitFor()
    await demo.page.locator('.diary a').first().focus()
    await keyboard.press('Enter')
    await demo.page.getByLabel('Add from the price list').focus()
    await keyboard.type('con')
    await demo.page.locator('.found').waitFor()
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    await demo.page.getByLabel(/Quantity/).waitFor()
    await demo.page.context().close()
  })
})
