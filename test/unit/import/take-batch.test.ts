import { expect } from 'chai'
import type { AnimalRow, ImportBatch, ImportSettings, PriceRow } from '../../../server/import/batch.ts'
import { takeBatch, type WritableDatabase } from '../../../server/import/take-batch.ts'
import { animal, client, treatmentCode } from '../../../sync/contract/records.ts'
import type { NewDoc, StoredDoc, WriteResult } from '../../../sync/store/port.ts'
import { apiRecord } from '../../../sync/write/document.ts'

/** The port's promises, in memory. */
class MemoryDatabase implements WritableDatabase {
  readonly docs = new Map<string, StoredDoc>()
  writes = 0

  async getMany(ids: readonly string[]): Promise<(StoredDoc | undefined)[]> {
    return ids.map((id) => this.docs.get(id))
  }

  async write(docs: readonly NewDoc[]): Promise<WriteResult[]> {
    return docs.map((doc) => {
      const before = this.docs.get(doc._id)
      const expected = before?._deleted && doc._rev === undefined ? undefined : before?._rev
      if (expected !== doc._rev) return { ok: false, id: doc._id, reason: 'conflict' }
      this.writes += 1
      const rev = `${Number.parseInt(before?._rev ?? '0', 10) + 1}-x`
      const { _attachments, ...kept } = doc
      this.docs.set(doc._id, { ...kept, _rev: rev })
      return { ok: true, id: doc._id, rev }
    })
  }

  of(type: string): StoredDoc[] {
    return [...this.docs.values()].filter((doc) => doc['type'] === type)
  }
}

const now = Date.parse('2026-06-15T09:00:00Z')
const settings: ImportSettings = { siteId: 2, system: 'licence', currency: 'GBP', vatRate: 2000, dates: null }
const animals = (rows: AnimalRow[], changes: Partial<ImportSettings> = {}): ImportBatch => ({
  groupId: 1,
  kind: 'animals',
  settings: { ...settings, ...changes },
  rows,
})
const prices = (...rows: PriceRow['fields'][]): ImportBatch => ({
  groupId: 1,
  kind: 'prices',
  settings,
  rows: rows.map((fields, at) => ({ line: at + 2, fields })),
})
const row = (line: number, key: string, fields: AnimalRow['fields'], occurrence = 1): AnimalRow => ({
  line,
  key,
  occurrence,
  fields,
})
const whole = {
  code: 'ACEP10',
  name: 'Acepromazine',
  kind: 'medication',
  unitPrice: '0.10',
  fixedPrice: '3.00',
}

describe('import: taking animals', () => {
  it('makes an animal and the client that it needs, as the API knows them', async () => {
    const db = new MemoryDatabase()
    const fields = {
      id: 'S1',
      name: 'Zoë 🐾',
      species: 'Dog',
      breed: 'Terrier, Jack Russell',
      secondaryBreed: 'Mix',
      ownerPostcode: '98117',
      weightKg: '4.2',
      allergies: 'penicillin; chicken',
    }
    expect(await takeBatch(db, animals([row(2, 'k', fields)]), now)).to.deep.equal({
      imported: 1,
      updated: 0,
      present: 0,
      refused: [],
    })
    const [made] = db.of('animal').map((doc) => animal.parse(apiRecord(doc)))
    const [owner] = db.of('client').map((doc) => client.parse(apiRecord(doc)))
    expect(made).to.deep.include({ name: 'Zoë 🐾', breed: 'Terrier, Jack Russell / Mix', weightGrams: 4200 })
    expect(made).to.deep.include({ clientId: owner?.id, siteIds: [2], allergies: ['penicillin', 'chicken'] })
    expect(made?.externalIds).to.deep.equal([{ system: 'licence', value: 'S1' }])
    expect(owner).to.deep.include({ lastName: 'Owner of Zoë 🐾', siteIds: [2], firstName: null })
    expect(owner?.address).to.deep.include({ postcode: '98117', line1: null })
    expect(db.of('animal')[0]).to.include({
      groupId: 1,
      schemaVersion: 1,
      createdBy: null,
      dateOfBirth: null,
    })
    expect(db.of('animal')[0]?.['createdAt']).to.equal('2026-06-15T09:00:00.000Z')
  })

  it('folds no row into another, and takes each once', async () => {
    const db = new MemoryDatabase()
    const batch = animals([row(2, 'k', { name: 'Rex' }), row(3, 'k', { name: 'Rex' }, 2), row(4, 'l', {})])
    expect(await takeBatch(db, batch, now)).to.include({ imported: 3, present: 0 })
    expect(await takeBatch(db, batch, now + 1)).to.include({ imported: 0, present: 3 })
    expect([db.of('animal').length, db.of('client').length]).to.deep.equal([3, 3])
    for (const changes of [{ siteId: 1 }, { system: 'old PMS' }])
      expect(await takeBatch(db, animals(batch.rows as AnimalRow[], changes), now)).to.include({
        imported: 3,
      })
  })

  it('leaves what was edited since as it is', async () => {
    const db = new MemoryDatabase()
    const batch = animals([row(2, 'k', { name: 'Rex' })])
    await takeBatch(db, batch, now)
    const [made] = db.of('animal')
    if (!made) throw new Error('nothing was made')
    await db.write([{ ...made, name: 'Rexie' }])
    await takeBatch(db, batch, now)
    expect(db.of('animal').map((doc) => doc['name'])).to.deep.equal(['Rexie'])
  })

  it('does not bring back what was deleted since', async () => {
    const db = new MemoryDatabase()
    const batch = animals([row(2, 'k', { name: 'Rex' }), row(3, 'l', { name: 'Max' })])
    await takeBatch(db, batch, now)
    const [rex] = db.of('animal')
    if (!rex) throw new Error('nothing was made')
    await db.write([{ _id: rex._id, _rev: rex._rev, _deleted: true }])
    expect(await takeBatch(db, batch, now)).to.include({ imported: 0, present: 2 })
    expect(db.docs.get(rex._id)).to.include({ _deleted: true })
  })

  it('gives the animals of one owner number one client, and others their own', async () => {
    const db = new MemoryDatabase()
    const owner = { ownerId: '7', ownerLastName: 'Ó Briain', ownerEmail: 'a@example.com', ownerPhone: '1; 2' }
    const rows = [row(2, 'a', owner), row(3, 'b', owner), row(4, 'c', { ownerLastName: 'Ó Briain' })]
    await takeBatch(db, animals(rows), now)
    expect(db.of('client')).to.have.length(2)
    expect(new Set(db.of('animal').map((doc) => doc['clientId'])).size).to.equal(2)
    const shared = db.of('client')[0]
    expect(shared).to.deep.include({ phones: ['1', '2'], emails: ['a@example.com'] })
    expect(shared?.['externalIds']).to.deep.equal([{ system: 'owner', value: '7' }])
  })

  it('refuses a row with the reason, and takes the others', async () => {
    const db = new MemoryDatabase()
    const outcome = await takeBatch(
      db,
      animals([
        row(2, 'a', { name: 'x'.repeat(201) }),
        row(3, 'b', { name: '🐾'.repeat(100) }),
        row(4, 'c', { weightKg: 'heavy' }),
        row(5, 'd', { ownerEmail: 'none' }),
        row(6, 'e', { dateOfBirth: 'unknown' }),
      ]),
      now,
    )
    expect(outcome.imported).to.equal(1)
    expect(outcome.refused.map(({ line, reason }) => `${line} ${reason.split(':')[0]}`)).to.deep.equal([
      '2 name',
      '4 weightKg',
      '5 emails.0',
      '6 dateOfBirth',
    ])
    expect(outcome.refused[0]?.reason).to.equal('name: must have at most 200 characters')
    expect(outcome.refused[2]?.reason).to.equal('emails.0: must be an e-mail address')
  })
})

describe('import: taking prices', () => {
  it('makes codes of the whole group, with exact prices', async () => {
    const db = new MemoryDatabase()
    await takeBatch(db, prices({ ...whole, drugSchedule: 'S4', sellingUnit: 'TABLET' }), now)
    const code = treatmentCode.parse(apiRecord(db.docs.get('treatmentCode:ACEP10') as StoredDoc))
    expect(code).to.include({
      code: 'ACEP10',
      unitPrice: 10,
      fixedPrice: 300,
      currency: 'GBP',
      vatRate: 2000,
    })
    expect(code).to.include({ drugSchedule: 'S4', sellingUnit: 'TABLET', active: true })
    expect(db.docs.get('treatmentCode:ACEP10')?.['siteIds']).to.deep.equal([])
  })

  it('updates a code whose price changed, and writes no other', async () => {
    const db = new MemoryDatabase()
    const other = { ...whole, code: 'B' }
    await takeBatch(db, prices(whole, other), now)
    const stored = db.docs.get('treatmentCode:ACEP10') as StoredDoc
    await db.write([{ ...stored, active: false }])
    const before = db.writes
    const outcome = await takeBatch(db, prices({ ...whole, unitPrice: '0.20' }, other), now + 5)
    expect(outcome).to.deep.equal({ imported: 0, updated: 1, present: 1, refused: [] })
    expect(db.writes - before).to.equal(1)
    const updated = db.docs.get('treatmentCode:ACEP10')
    expect(updated).to.include({ unitPrice: 20, active: false, modifiedAt: '2026-06-15T09:00:00.005Z' })
    expect(updated).to.include({ createdAt: '2026-06-15T09:00:00.000Z' })
  })

  it('takes the VAT of each code, and what is offered no more, where the list says so', async () => {
    const db = new MemoryDatabase()
    const zero = { ...whole, code: 'Z', vatRate: '0' }
    const low = { ...whole, code: 'L', vatRate: '17.5 %', active: 'No' }
    await takeBatch(db, prices(whole, zero, low), now)
    const codes = db.of('treatmentCode').map(({ code, vatRate, active }) => [code, vatRate, active])
    expect(codes).to.deep.equal([
      ['ACEP10', 2000, true],
      ['Z', 0, true],
      ['L', 1750, false],
    ])
    await takeBatch(db, prices({ ...low, active: 'yes' }, { ...zero, active: '0' }), now + 5)
    expect(db.of('treatmentCode').map(({ active }) => active)).to.deep.equal([true, false, true])
    const wrong = [
      { ...whole, vatRate: 'some' },
      { ...whole, vatRate: '250' },
      { ...whole, active: 'perhaps' },
    ]
    const { refused } = await takeBatch(db, prices(...wrong), now)
    expect(refused.map(({ reason }) => reason.split(':')[0])).to.deep.equal(['vatRate', 'vatRate', 'active'])
  })

  it('refuses what is no price, and does not take a gap for free of charge', async () => {
    const db = new MemoryDatabase()
    const { unitPrice: _, fixedPrice: __, ...priceless } = whole
    const outcome = await takeBatch(
      db,
      prices(priceless, { ...whole, unitPrice: '0,10' }, { ...whole, code: 'x'.repeat(41) }, { name: 'n' }),
      now,
    )
    expect(outcome.refused.map(({ line }) => line)).to.deep.equal([2, 3, 4, 5])
    expect(db.docs.size).to.equal(0)
  })
})
