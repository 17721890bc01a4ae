import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { customerOf, type Customer } from '../../support/customer.ts'
import { codeOf, type Headers, type Json } from '../../support/global-caller.ts'
import { startServer, type TestServer } from '../../support/server.ts'

describe('ClientLink, invoices', () => {
  let server: TestServer
  let carol: Customer
  let vet: Headers
  before(async () => {
    server = await startServer()
    carol = await customerOf(server)
    vet = (await server.signIn('amelia.vet')).headers
  })
  after(() => server[Symbol.asyncDispose]())

  const upload = async (call: string, item: Json): Promise<Json> => {
    const now = new Date(server.clock.now).toISOString()
    const items = [{ clientItemId: randomUUID(), editedAt: now, ...item }]
    const json = { deviceId: 'phone', batchId: randomUUID(), sentAt: now, items }
    const { body } = await server.request(`/v2/mobile/${call}`, { json, headers: vet })
    const [result] = body['results'] as Json[]
    expect(result?.['outcome'], JSON.stringify(result)).to.be.oneOf(['CREATED', 'UPDATED'])
    return result ?? {}
  }
  const clientId = (): string => carol.clientIds[1]

  /** A treatment of one of Carol's animals, on an invoice of its own. */
  const charged = async (issuedAt?: string): Promise<{ treatment: Json; invoice: Json }> => {
    const animal = (await carol.items('myAnimals')).find((one) => one['groupId'] === 1)
    const treatment = await upload('uploadTreatmentItems', {
      data: {
        ...{ animalId: animal?.['id'], description: 'Colic, night visit', quantity: '1.5', unitPrice: 3333 },
        ...{
          vatRate: 2000,
          treatedAt: new Date(server.clock.now - 60_000).toISOString(),
          notes: 'Pays late',
        },
      },
    })
    const dated = issuedAt === undefined ? {} : { issuedAt }
    const json = { clientId: clientId(), siteId: 1, treatmentIds: [treatment['id']], ...dated }
    const made = await server.request('/v2/clinicalPortal/invoices', { json, headers: vet })
    expect(made.status, made.text).to.equal(201)
    return { treatment, invoice: made.body }
  }
  const mine = async (id: unknown): Promise<Json> =>
    (await carol.items('myInvoices?limit=500')).find((one) => one['id'] === id) ?? {}

  it('show each line, its VAT and what is still to pay, as the practice’s own do', async () => {
    const { invoice } = await charged()
    const shown = await mine(invoice['id'])
    expect(shown).to.deep.include({ groupId: 1, groupName: 'Hillside Vets', siteName: 'Hillside Surgery' })
    for (const field of ['reference', 'issuedAt', 'net', 'vat', 'gross', 'vatSummary', 'outstanding', 'paid'])
      expect(shown[field], field).to.deep.equal(invoice[field])
    const [line] = shown['lines'] as Json[]
    expect(line).to.include({ description: 'Colic, night visit', quantity: '1.5', net: 5000, vat: 1000 })
    expect(line?.['animal']).to.have.property('name')
    expect(JSON.stringify(shown)).to.not.contain('Pays late')
  })

  it('are told among the changes of the practice’s list whatever moves what pays them', async () => {
    const list = `/v2/clinicalPortal/invoices?siteId=1&clientId=${clientId()}`
    const page = async (query: string): Promise<{ items: Json[]; cursor: string }> => {
      const { status, text, body } = await server.request(`${list}&${query}`, { headers: vet })
      expect(status, text).to.equal(200)
      return { items: body['items'] as Json[], cursor: encodeURIComponent(String(body['nextCursor'])) }
    }
    const owed = (items: Json[]): [unknown, unknown][] =>
      items.map(({ id, outstanding }) => [id, outstanding])
    const shown = async (): Promise<Map<unknown, unknown>> => new Map(owed((await page('limit=500')).items))
    const [{ invoice: one }, { invoice: two }] = [await charged(), await charged()]
    server.clock.now += 60_000
    let place = `modifiedSince=${new Date(server.clock.now).toISOString()}`
    const held = await shown()
    /** Takes what changed since the last time, in pages of one; returns how many there were. */
    const follow = async (): Promise<number> => {
      for (let told = 0; ; told += 1) {
        const { items, cursor } = await page(`limit=1&${place}`)
        place = `cursor=${cursor}`
        for (const [id, outstanding] of owed(items)) held.set(id, outstanding)
        if (items.length === 0) return told
      }
    }
    const pay = async (minutesAgo: number, data: Json): Promise<string> => {
      server.clock.now += 1000
      const takenAt = new Date(server.clock.now - minutesAgo * 60_000).toISOString()
      const money = { clientId: clientId(), method: 'cash', currency: 'GBP', takenAt }
      const { id } = await upload('uploadPaymentItems', { data: { ...money, ...data } })
      return String(id)
    }
    const isAsShown = async (when: string): Promise<void> => {
      await follow()
      expect(held, when).to.deep.equal(await shown())
    }
    expect(await follow()).to.equal(0)
    const allocations = [{ invoiceId: two['id'], amount: 500 }]
    const named = await pay(0, { amount: 500, allocations })
    await isAsShown('a payment for one of them')
    await pay(0, { amount: Number(one['gross']) })
    await isAsShown('a payment of the oldest')
    await pay(5, { amount: Number(one['gross']) })
    await isAsShown('one that was taken before it, and moves it on to the next')
    await pay(0, { amount: -500, reversalOf: named })
    await isAsShown('a payment that is taken back')
    server.clock.now += 1000
    const issuedAt = new Date(server.clock.now - 86_400_000).toISOString()
    await charged(issuedAt)
    await isAsShown('an invoice dated before the others')
    expect(await follow()).to.equal(0)
  })

  it('come again among changes once something is paid or taken back', async () => {
    const { invoice, treatment } = await charged()
    const since = new Date(server.clock.now + 1).toISOString()
    server.clock.now += 60_000
    const none = await carol.get(`myInvoices?modifiedSince=${since}`)
    expect(none.body['items']).to.deep.equal([])
    const amount = 1000
    const allocations = [{ invoiceId: invoice['id'], amount }]
    const takenAt = new Date(server.clock.now).toISOString()
    const paid = { clientId: clientId(), method: 'cash', amount, currency: 'GBP', takenAt, allocations }
    await upload('uploadPaymentItems', { data: paid })
    const { body } = await carol.get(`myInvoices?modifiedSince=${since}&limit=500`)
    const changed = (body['items'] as Json[]).find((one) => one['id'] === invoice['id'])
    expect(changed).to.include({ paid: amount, outstanding: Number(invoice['gross']) - amount })
    expect(body['nextCursor']).to.be.a('string')
    const voiding = { at: takenAt, by: randomUUID(), reason: 'Charged the wrong horse' }
    await upload('uploadTreatmentItems', {
      ...{ id: treatment['id'], baseRevision: treatment['revision'] },
      changes: { voided: { from: null, to: voiding } },
    })
    const all = await carol.items('myInvoices?limit=500')
    const credit = all.find((one) => one['creditOf'] === invoice['id'])
    expect(credit).to.include({ kind: 'CREDIT_NOTE', gross: -Number(invoice['gross']), outstanding: 0 })
    expect(JSON.stringify(all)).to.not.contain('wrong horse')
    expect(await mine(invoice['id'])).to.include({ credited: -Number(invoice['gross']), outstanding: 0 })
  })

  it('are in pages, oldest first, and for customers alone', async () => {
    await charged()
    const all = await carol.items('myInvoices?limit=500')
    const times = all.map(({ issuedAt }) => String(issuedAt))
    expect(times).to.deep.equal([...times].sort())
    const paged: Json[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await carol.get(`myInvoices?limit=1${cursor && `&cursor=${cursor}`}`)
      paged.push(...(body['items'] as Json[]))
      cursor = body['nextCursor'] as string | null
    }
    expect(paged).to.deep.equal(all)
    for (const query of ['limit=0', 'limit=501', 'cursor=x', 'more=1', 'modifiedSince=yesterday'])
      expect(codeOf(await carol.get(`myInvoices?${query}`)), query).to.equal('400 INVALID_REQUEST')
    const as = async (headers: Headers): Promise<string> =>
      codeOf(await server.request('/v2/clientLink/myInvoices', { headers }))
    expect(await as({})).to.equal('401 TOKEN_MISSING')
    expect(await as(vet)).to.equal('403 ROLE_NOT_ALLOWED')
  })
})
