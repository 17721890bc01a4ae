/** Invoices, credit notes and payments over a real store: races, crashes, and the closed period. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import type { Group } from '../../../sync/group.ts'
import { Index } from '../../../sync/feed/index-store.ts'
import { takeNumber } from '../../../sync/billing/numbers.ts'
import { creditVoided } from '../../../sync/billing/credit.ts'
import { ProblemError } from '../../../server/http/problem.ts'
import { accountOf } from '../../../server/services/money/account.ts'
import { makeInvoice } from '../../../server/services/money/invoices.ts'
import { dyingAfter } from '../../support/failing-database.ts'
import { amelia, openTestGroup, type TestGroup } from '../../support/group.ts'

interface Home {
  clientId: string
  animalId: string
}

describe('billing', () => {
  let practice: TestGroup
  /** The same group on another server: an index of its own, and nothing shared but the store. */
  let other: Group
  let directory = ''
  before(async () => {
    practice = await openTestGroup()
    directory = await mkdtemp(path.join(tmpdir(), 'vetspace-index-'))
    const onFailure = (error: unknown): never => {
      throw error as Error
    }
    const index = await Index.open({ directory, db: practice.group.db, onFailure })
    other = { ...practice.group, index }
  })
  after(async () => {
    await other.index[Symbol.asyncDispose]()
    await practice[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  const now = () => practice.clock.now
  const treat = async ({ animalId }: Home, count = 1, more: object = {}): Promise<string[]> => {
    const treatedAt = new Date(now() - 3_600_000).toISOString()
    const line = { description: 'Work', quantity: '1.5', unitPrice: 333, vatRate: 2000, currency: 'GBP' }
    const items = Array.from({ length: count }, () =>
      practice.creation({ animalId, ...line, treatedAt, ...more }),
    )
    const results = await practice.send('treatment', amelia, items)
    return results.map(({ id, outcome, errors }) => {
      expect(outcome, JSON.stringify(errors)).to.equal('CREATED')
      return String(id)
    })
  }
  const pay = async ({ clientId }: Home, amount: number, more: object = {}) => {
    const takenAt = new Date(now()).toISOString()
    const data = { clientId, method: 'CARD', amount, currency: 'GBP', takenAt, ...more }
    const [result] = await practice.send('payment', amelia, [practice.creation(data)])
    return result
  }
  const voidIt = (id: string) =>
    practice.send('treatment', amelia, [
      practice.edit(id, null, { voided: { from: null, to: { reason: 'Wrong animal' } } }),
    ])
  const invoice = (
    { clientId }: Home,
    {
      group = practice.group,
      id = randomUUID(),
      treatmentIds,
      issuedAt,
    }: {
      group?: Group
      id?: string
      treatmentIds?: string[]
      issuedAt?: string
    } = {},
  ) =>
    makeInvoice(
      group,
      { id, clientId, siteId: 1, treatmentIds, issuedAt, actor: amelia },
      { by: amelia.userId, at: now() },
    )
  const codeOf = async (doing: Promise<unknown>): Promise<string> =>
    await doing.then(
      () => 'done',
      (error: unknown) => (error instanceof ProblemError ? error.code : Promise.reject(error as Error)),
    )
  const account = ({ clientId }: Home) => accountOf(practice.group, clientId, now())
  /** Each treatment stands on one invoice of its client, and its document says on which. */
  const expectWhole = async (home: Home, treatmentIds: readonly string[]): Promise<void> => {
    const { invoices } = await account(home)
    const issued = invoices.filter(({ kind }) => kind === 'INVOICE')
    const lines = issued.flatMap(({ id, lines }) => lines.map((line) => [line.treatmentId, id] as const))
    expect(lines.map(([id]) => id).sort()).to.deep.equal([...treatmentIds].sort())
    for (const [id, invoiceId] of lines)
      expect((await practice.group.db.get(`treatment:${id}`))?.['invoiceId']).to.equal(invoiceId)
  }
  const numbers = async (kind: string): Promise<number[]> => {
    const docs = await practice.group.db.range({ from: 'invoice:', to: 'invoice:\uffff' })
    const issued = docs.filter((doc) => doc['kind'] === kind && doc['state'] === 'ISSUED')
    return issued.map((doc) => Number(doc['number'])).sort((a, b) => a - b)
  }
  const expectGapless = async (): Promise<void> => {
    for (const kind of ['INVOICE', 'CREDIT_NOTE']) {
      const all = await numbers(kind)
      expect(all).to.deep.equal(all.map((_, i) => i + 1))
    }
  }

  it('puts treatments on an invoice whose totals are the sums of its lines', async () => {
    const home = await practice.household([1])
    const ids = await treat(home, 2)
    await treat(home, 1, { unitPrice: 100, quantity: 3, vatRate: 0, fixedPrice: 5 })
    const { invoice: made } = await invoice(home)
    expect(made.lines.map(({ net, vat, gross }) => [net, vat, gross])).to.have.deep.members([
      [500, 100, 600],
      [500, 100, 600],
      [305, 0, 305],
    ])
    expect([made.net, made.vat, made.gross]).to.deep.equal([1305, 200, 1505])
    expect(made.vatSummary).to.deep.equal([
      { vatRate: 0, net: 305, vat: 0, gross: 305 },
      { vatRate: 2000, net: 1000, vat: 200, gross: 1200 },
    ])
    const edit = practice.edit(ids[0] ?? '', null, { quantity: { from: '1.5', to: '2' } })
    const [refused] = await practice.send('treatment', amelia, [edit])
    expect(refused?.errors?.[0]?.code).to.equal('INVOICED')
    expect(await codeOf(invoice(home))).to.equal('NOTHING_TO_INVOICE')
    expect(await codeOf(invoice(home, { treatmentIds: ids }))).to.equal('ALREADY_INVOICED')
  })

  it('says of each treatment why it cannot be invoiced', async () => {
    const [home, stranger] = [await practice.household([1]), await practice.household([1])]
    const [voided = ''] = await treat(home)
    await voidIt(voided)
    const [unpriced = ''] = await treat(home, 1, { unitPrice: null })
    const [theirs = ''] = await treat(stranger)
    const error = await invoice(home, { treatmentIds: [voided, unpriced, theirs] }).catch((e: unknown) => e)
    expect(error).to.be.instanceOf(ProblemError)
    const { code, options } = error as ProblemError
    expect(code).to.equal('NOT_INVOICEABLE')
    expect(options.errors?.map(({ path }) => path)).to.deep.equal([0, 1, 2].map((i) => `treatmentIds.${i}`))
    expect(await codeOf(invoice(home, { treatmentIds: [randomUUID()] }))).to.equal('UNKNOWN_REFERENCE')
    expect(await codeOf(invoice({ ...home, clientId: randomUUID() }))).to.equal('UNKNOWN_REFERENCE')
    expect(await codeOf(invoice(home))).to.equal('NOTHING_TO_INVOICE')
  })

  it('charges each owner of an animal that was sold for what was done while it was theirs', async () => {
    const [seller, buyer] = [await practice.household([1]), await practice.household([1])]
    const { clientId, animalId } = seller
    const before = await treat(seller)
    const practitioner = `reference:practitioner:${String(amelia.practitionerId)}`
    await practice.group.db.write([
      { _id: practitioner, type: 'reference', siteIds: [1], kind: 'practitioner' },
    ])
    const [startsAt, endsAt] = [0, 900_000].map((ms) => new Date(now() - 7_200_000 + ms).toISOString())
    const times = { startsAt, endsAt, status: 'BOOKED', siteId: 1, practitionerId: amelia.practitionerId }
    const visit = practice.creation({ ...times, clientId, animalIds: [animalId] })
    const [booked] = await practice.send('appointment', amelia, [visit])
    expect(booked?.outcome, JSON.stringify(booked)).to.equal('CREATED')
    const atVisit = await treat(seller, 1, { appointmentId: booked?.id })
    const owner = { clientId: { from: clientId, to: buyer.clientId } }
    const sale = practice.edit(animalId, null, owner, new Date(now()).toISOString())
    const [sold] = await practice.send('animal', amelia, [sale])
    expect(sold?.outcome).to.equal('UPDATED')
    practice.clock.now += 7_200_000
    const after = await treat(seller)
    const charged = async (home: Home) =>
      (await invoice(home)).invoice.lines.map(({ treatmentId }) => treatmentId)
    expect(await codeOf(invoice(buyer, { treatmentIds: before }))).to.equal('NOT_INVOICEABLE')
    expect(await charged(buyer)).to.deep.equal(after)
    expect(await charged(seller)).to.have.members([...before, ...atVisit])
  })

  it('puts a treatment on one invoice, when two servers invoice it at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const home = await practice.household([1])
      const ids = await treat(home, 4)
      const calls = [practice.group, other, practice.group, other].map((group) =>
        codeOf(invoice(home, { group })),
      )
      const outcomes = await Promise.all(calls)
      expect(outcomes).to.include('done')
      for (const outcome of outcomes)
        expect(outcome).to.be.oneOf(['done', 'ALREADY_INVOICED', 'NOTHING_TO_INVOICE'])
      await expectWhole(home, ids)
    }
    await expectGapless()
  })

  it('numbers invoices without gaps and doubles over two servers', async () => {
    const homes = await Promise.all(Array.from({ length: 12 }, () => practice.household([1])))
    for (const home of homes) await treat(home)
    const groups = [practice.group, other]
    await Promise.all(homes.map((home, i) => invoice(home, { group: groups[i % 2] ?? other })))
    expect((await numbers('INVOICE')).length).to.be.at.least(12)
    await expectGapless()
  })

  it('ends an invoice that a crash left, wherever it came, and leaves no gap in the numbers', async () => {
    for (let point = 0, dead = true; dead; point += 1) {
      const home = await practice.household([1])
      const ids = await treat(home, 3)
      const db = dyingAfter(practice.group.db, point)
      const id = randomUUID()
      const outcome = await invoice(home, { group: { ...practice.group, db }, id }).then(
        () => 'done',
        () => 'died',
      )
      dead = db.dead
      expect(outcome).to.equal(dead ? 'died' : 'done')
      // Somebody else is invoiced before anybody looks after the crash.
      const next = await practice.household([1])
      await treat(next)
      await invoice(next, { group: other })
      if (point % 2 === 0) await invoice(home, { id })
      else if (point === 1) expect(await codeOf(invoice(home))).to.equal('NOTHING_TO_INVOICE')
      await expectWhole(home, ids)
      await expectGapless()
      expect(point).to.be.lessThan(30)
    }
  })

  it('gives the next number only when the last one is written into its invoice', async () => {
    const { db } = practice.group
    const series = 'TEST'
    const ids = [randomUUID(), randomUUID(), randomUUID()]
    for (const id of ids) await db.write([{ _id: `invoice:${id}`, type: 'invoice' }])
    const take = (id = '') => takeNumber(db, { groupId: 1, series, id }, { by: null, at: now() })
    expect(await take(ids[0])).to.equal(1)
    expect(await take(ids[0])).to.equal(1)
    expect(await take(ids[1])).to.equal(2)
    expect((await db.get(`invoice:${ids[0]}`))?.['number']).to.equal(1)
    expect(await Promise.all([take(ids[0]), take(ids[2]), take(ids[1]), take(ids[2])])).to.deep.equal([
      1, 3, 2, 3,
    ])
  })

  it('takes a voided treatment back by one credit note, and the balance with it', async () => {
    const home = await practice.household([1])
    const [first = '', second = ''] = await treat(home, 2)
    const { invoice: made } = await invoice(home)
    await voidIt(first)
    await voidIt(first)
    const { invoices, balances } = await account(home)
    const credit = invoices.filter(({ kind }) => kind === 'CREDIT_NOTE')
    expect(credit).to.have.length(1)
    expect(credit[0]).to.include({ creditOf: made.id, gross: -600, reason: 'Wrong animal' })
    expect(balances).to.deep.equal([{ currency: 'GBP', balance: 600, outstanding: 600, credit: 0 }])
    await voidIt(second)
    expect((await account(home)).balances[0]).to.include({ balance: 0, outstanding: 0 })
    await expectGapless()
  })

  it('credits a voided treatment also after a crash in between, once', async () => {
    for (let point = 0, dead = true; dead; point += 1) {
      const home = await practice.household([1])
      const [id = ''] = await treat(home)
      await invoice(home)
      const doc = await practice.group.db.get(`treatment:${id}`)
      const voided = { at: new Date(now()).toISOString(), by: amelia.userId, reason: 'Wrong' }
      await practice.group.db.write([{ ...doc, _id: `treatment:${id}`, voided }])
      const db = dyingAfter(practice.group.db, point)
      await creditVoided(db, [id], now()).catch(() => undefined)
      dead = db.dead
      const [one, two] = await Promise.all([account(home), accountOf(other, home.clientId, now())])
      expect([one.balances[0]?.balance, two.balances[0]?.balance]).to.deep.equal([0, 0])
      const notes = (await account(home)).invoices.filter(({ kind }) => kind === 'CREDIT_NOTE')
      expect(notes).to.have.length(1)
      await expectGapless()
      expect(point).to.be.lessThan(30)
    }
  })

  it('lets payments pay the oldest invoice, the rest stay credit, and a reversal undo it', async () => {
    const home = await practice.household([1])
    const made: string[] = []
    for (let n = 0; n < 3; n += 1) {
      practice.clock.now += 60_000
      await treat(home)
      made.push((await invoice(home)).invoice.id)
    }
    const paid = await pay(home, 1000)
    const outstanding = async (): Promise<number[]> => {
      const { invoices } = await account(home)
      return made.map((id) => invoices.find((one) => one.id === id)?.outstanding ?? -1)
    }
    expect(await outstanding()).to.deep.equal([0, 200, 600])
    await pay(home, 300, { allocations: [{ invoiceId: made[2], amount: 250 }] })
    expect(await outstanding()).to.deep.equal([0, 200, 350])
    expect((await account(home)).balances[0]).to.include({ credit: 50, balance: 500 })
    await pay(home, -1000, { reversalOf: paid?.id })
    expect(await outstanding()).to.deep.equal([600, 600, 350])
    expect((await account(home)).payments.filter(({ reversed }) => reversed)).to.have.length(2)
  })

  it('refuses a payment that allocates more than it is, or to what is not the client’s', async () => {
    const [home, stranger] = [await practice.household([1]), await practice.household([1])]
    await treat(home)
    await treat(stranger)
    const mine = (await invoice(home)).invoice.id
    const theirs = (await invoice(stranger)).invoice.id
    const refused = async (amount: number, allocations: object[], more: object = {}) => {
      const result = await pay(home, amount, { allocations, ...more })
      expect(result?.outcome).to.equal('REJECTED')
      return result?.errors?.[0]?.code
    }
    expect(await refused(100, [{ invoiceId: mine, amount: 101 }])).to.equal('OVER_ALLOCATED')
    expect(await refused(100, [{ invoiceId: mine, amount: -1 }])).to.equal('INVALID_REQUEST')
    expect(await refused(100, [{ invoiceId: theirs, amount: 1 }])).to.equal('INVALID_REQUEST')
    expect(await refused(100, [{ invoiceId: randomUUID(), amount: 1 }])).to.equal('UNKNOWN_REFERENCE')
    const twice = [mine, mine].map((invoiceId) => ({ invoiceId, amount: 1 }))
    expect(await refused(100, twice)).to.equal('INVALID_REQUEST')
    expect(await refused(100, [{ invoiceId: mine, amount: 1 }], { currency: 'EUR' })).to.equal(
      'INVALID_REQUEST',
    )
  })

  it('refuses what is dated in a closed period, on every road, and nothing else', async () => {
    const home = await practice.household([1])
    const old = new Date(now() - 10 * 86_400_000).toISOString()
    const [early = '', doomed = ''] = await treat(home, 2, { treatedAt: old })
    const again = practice.creation({
      ...{ animalId: home.animalId, description: 'x', quantity: '1', unitPrice: 1, vatRate: 0 },
      treatedAt: old,
    })
    await practice.send('treatment', amelia, [again])
    const { db } = practice.group
    const closed = { closedBefore: '2026-06-14', openFrom: new Date(now() - 86_400_000).toISOString() }
    await db.write([{ _id: 'reference:accounting', type: 'reference', kind: 'accounting', ...closed }])
    try {
      const edit = (id: string, changes: object) =>
        practice.send('treatment', amelia, [practice.edit(id, null, changes)])
      const fresh = practice.creation({ ...again.data, animalId: home.animalId })
      const answers = [
        (await practice.send('treatment', amelia, [fresh]))[0],
        await pay(home, 100, { takenAt: old }),
        (await edit(early, { quantity: { from: '1.5', to: '2' } }))[0],
        (await edit(early, { treatedAt: { from: old, to: new Date(now()).toISOString() } }))[0],
        (await voidIt(doomed))[0],
      ]
      for (const [n, answer] of answers.entries()) {
        expect(answer?.outcome, String(n)).to.equal('REJECTED')
        expect(answer?.errors?.[0]?.code, String(n)).to.equal('PERIOD_CLOSED')
        expect(answer?.retryable, String(n)).to.equal(false)
      }
      const [treatment, payment] = answers.map((answer) => answer?.errors?.[0]?.message)
      expect(treatment).to.contain('with a negative quantity')
      expect(payment).to.contain('a reversal, or another payment, dated in the open period')
      expect(payment).to.not.contain('quantity')
      expect(await db.get(`rejected:${fresh.clientItemId}`)).to.have.nested.property(
        'errors[0].code',
        'PERIOD_CLOSED',
      )
      expect(await codeOf(invoice(home, { issuedAt: old }))).to.equal('PERIOD_CLOSED')
      expect((await edit(early, { notes: { from: null, to: 'Left fore' } }))[0]?.outcome).to.equal('UPDATED')
      expect((await practice.send('treatment', amelia, [again]))[0]?.outcome).to.equal('DUPLICATE')
      expect((await pay(home, 100))?.outcome).to.equal('CREATED')
      expect((await invoice(home)).invoice.lines).to.have.length(3)
      const [today = ''] = await treat(home)
      const moved = { treatedAt: { from: new Date(now() - 3_600_000).toISOString(), to: old } }
      expect((await edit(today, moved))[0]?.errors?.[0]?.code).to.equal('PERIOD_CLOSED')
    } finally {
      const doc = await db.get('reference:accounting')
      if (doc) await db.write([{ ...doc, _deleted: true }])
    }
  })

  it('gives an invoice that stands under its id again as it is', async () => {
    const home = await practice.household([1])
    await treat(home)
    const id = randomUUID()
    const first = await invoice(home, { id })
    await treat(home)
    expect((await invoice(home, { id })).invoice).to.deep.equal(first.invoice)
  })
})
