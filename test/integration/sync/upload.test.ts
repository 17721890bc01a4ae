import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { takeBatch } from '../../../server/import/take-batch.ts'
import { apiRecord } from '../../../sync/write/document.ts'
import { amelia, ben, nobody, openTestGroup, type TestGroup } from '../../support/group.ts'

const hour = 3_600_000

describe('An upload', () => {
  let t: TestGroup
  beforeEach(async () => void (t = await openTestGroup()))
  afterEach(async () => await t[Symbol.asyncDispose]())

  const stored = async (type: string, id: string) => {
    const doc = await t.group.db.get(`${type}:${id}`)
    return doc && apiRecord(doc)
  }

  it('makes a record whose id is the clientItemId', async () => {
    const id = randomUUID()
    const [result] = await t.send('client', amelia, [t.creation({ lastName: 'Marsh' }, id)])
    expect(result).to.include({ outcome: 'CREATED', id, clientItemId: id })
    expect(await stored('client', id)).to.include({
      id,
      lastName: 'Marsh',
      groupId: 1,
      revision: result?.revision,
    })
  })

  it('answers the same item sent again with the record that stands (I3)', async () => {
    const item = t.creation({ lastName: 'Marsh' })
    const [first] = await t.send('client', amelia, [item])
    const [again] = await t.send('client', amelia, [item])
    expect(again).to.include({ outcome: 'DUPLICATE', id: first?.id, revision: first?.revision })
  })

  it('counts an item once where it stands twice in one batch', async () => {
    const item = t.creation({ lastName: 'Marsh' })
    const results = await t.send('client', amelia, [item, item])
    expect(results.map((r) => r.outcome)).to.deep.equal(['CREATED', 'DUPLICATE'])
  })

  it('counts an item once where two devices send it at the same time', async () => {
    const item = t.creation({ lastName: 'Marsh' })
    const results = await Promise.all(
      [amelia, ben, amelia, ben].map((actor) => t.send('client', actor, [item])),
    )
    expect(
      results
        .flat()
        .map((r) => r.outcome)
        .sort(),
    ).to.deep.equal(['CREATED', 'DUPLICATE', 'DUPLICATE', 'DUPLICATE'])
  })

  it('takes a creation with other data as an edit based on the first', async () => {
    const id = randomUUID()
    await t.send('client', amelia, [t.creation({ lastName: 'Marsh', firstName: 'Ann' }, id)])
    const again = t.creation({ lastName: 'Marsh', firstName: 'Anne' }, id)
    const [result] = await t.send('client', amelia, [again])
    expect(result?.outcome).to.equal('UPDATED')
    expect(await stored('client', id)).to.include({ firstName: 'Anne', lastName: 'Marsh' })
    expect((await t.send('client', amelia, [again]))[0]?.outcome).to.equal('DUPLICATE')
  })

  it('refuses a payment that comes again with other content, and keeps the first (I5)', async () => {
    const { clientId } = await t.household([1])
    const id = randomUUID()
    const payment = {
      clientId,
      method: 'CARD',
      amount: 4500,
      currency: 'GBP',
      takenAt: '2026-06-15T08:00:00Z',
    }
    await t.send('payment', amelia, [t.creation(payment, id)])
    const [result] = await t.send('payment', amelia, [t.creation({ ...payment, amount: 5400 }, id)])
    expect(result).to.include({ outcome: 'REJECTED', retryable: false })
    expect(result?.errors?.[0]).to.include({ code: 'APPEND_ONLY' })
    expect(await stored('payment', id)).to.include({ amount: 4500 })
  })

  it('lets both of two edits of different fields stand, and tells the second that it was merged', async () => {
    const { animalId } = await t.household([1])
    const base = (await stored('animal', animalId))?.revision ?? null
    const [first] = await t.send('animal', amelia, [
      t.edit(animalId, base, { weightGrams: { from: null, to: 500 } }),
    ])
    const [second] = await t.send('animal', ben, [
      t.edit(animalId, base, { colour: { from: null, to: 'bay' } }),
    ])
    expect([first?.outcome, second?.outcome]).to.deep.equal(['UPDATED', 'MERGED'])
    expect(second?.record).to.include({ weightGrams: 500, colour: 'bay' })
    expect(await stored('animal', animalId)).to.include({ weightGrams: 500, colour: 'bay' })
  })

  it('shows the later of two edits of one field, and the other in a conflict (I2)', async () => {
    const { animalId } = await t.household([1])
    const base = (await stored('animal', animalId))?.revision ?? null
    const change = (to: number) => ({ weightGrams: { from: null, to } })
    await t.send('animal', amelia, [t.edit(animalId, base, change(500), '2026-06-15T08:30:00Z')])
    const [second] = await t.send('animal', ben, [
      t.edit(animalId, base, change(480), '2026-06-15T08:10:00Z'),
    ])
    expect(second?.outcome).to.equal('CONFLICT')
    expect(await stored('animal', animalId)).to.include({ weightGrams: 500 })
    const { documents } = await t.pullAll(ben, 'conflicts')
    const [conflict] = [...documents.values()] as { values: { value: unknown }[] }[]
    expect(conflict?.values.map((v) => v.value).sort()).to.deep.equal([480, 500])
  })

  it('takes the conflict off the devices when somebody who saw both settles it', async () => {
    const { animalId } = await t.household([1])
    const base = (await stored('animal', animalId))?.revision ?? null
    for (const [actor, to] of [
      [amelia, 500],
      [ben, 480],
    ] as const)
      await t.send('animal', actor, [t.edit(animalId, base, { weightGrams: { from: null, to } })])
    const before = await t.pullAll(ben, 'conflicts')
    const record = await stored('animal', animalId)
    const settled = t.edit(animalId, record?.revision ?? null, {
      weightGrams: { from: record?.['weightGrams'], to: 490 },
    })
    expect((await t.send('animal', ben, [settled]))[0]?.outcome).to.equal('UPDATED')
    const after = await t.pullAll(ben, 'conflicts', before.checkpoint)
    expect([...before.documents.keys()]).to.have.length(1)
    expect([...after.documents.values()]).to.deep.equal([
      { id: [...before.documents.keys()][0], _deleted: true },
    ])
  })

  it('lets a device with its clock in 2099 win nothing, and one in 1970 lose nothing (I8)', async () => {
    const { animalId } = await t.household([1])
    const base = (await stored('animal', animalId))?.revision ?? null
    const ahead = Date.parse('2099-01-01T00:00:00Z')
    const behind = Date.parse('1970-06-01T00:00:00Z')
    const early = t.edit(
      animalId,
      base,
      { name: { from: 'Bramble', to: 'Early' } },
      new Date(ahead - 7_200_000).toISOString(),
    )
    const late = t.edit(
      animalId,
      base,
      { name: { from: 'Bramble', to: 'Late' } },
      new Date(behind - 60_000).toISOString(),
    )
    await t.send('animal', amelia, [late], { sentAt: behind })
    await t.send('animal', ben, [early], { sentAt: ahead })
    expect(await stored('animal', animalId)).to.include({ name: 'Late' })
  })

  it('never lets a bad item hold back another (I4)', async () => {
    const { animalId } = await t.household([1])
    const good = t.creation({
      animalId,
      description: 'Trim',
      vatRate: 0,
      quantity: 1,
      treatedAt: '2026-06-15T08:00:00Z',
    })
    const bad: unknown[] = [
      null,
      'text',
      {},
      { clientItemId: 'no uuid', editedAt: 'x', data: {} },
      t.creation({ animalId, quantity: 'many', treatedAt: '2026-06-15T08:00:00Z' }),
      t.creation({ animalId, description: 'No VAT', quantity: 1, treatedAt: '2026-06-15T08:00:00Z' }),
      t.creation({ animalId, code: 'NONE', quantity: 1, treatedAt: '2026-06-15T08:00:00Z' }),
      t.creation({
        animalId,
        extra: 1,
        description: 'x',
        vatRate: 0,
        quantity: 1,
        treatedAt: '2026-06-15T08:00:00Z',
      }),
    ]
    const results = await t.send('treatment', amelia, [...bad, good])
    expect(results.map((r) => r.outcome)).to.deep.equal([...bad.map(() => 'REJECTED'), 'CREATED'])
    for (const result of results.slice(0, -1))
      expect(result.errors?.[0]).to.have.keys('code', 'path', 'message')
    expect(results[4]?.errors?.[0]).to.include({ code: 'INVALID_REQUEST', path: 'data.quantity' })
    expect(results[5]?.errors?.[0]).to.include({ path: 'data.vatRate' })
    expect(results[6]?.errors?.[0]).to.include({ code: 'UNKNOWN_TREATMENT_CODE', path: 'data.code' })
    expect(results[7]?.errors?.[0]).to.include({ code: 'UNKNOWN_FIELD', path: 'data.extra' })
  })

  it('charges a treatment that comes late as its code cost on its day, unless it says otherwise', async () => {
    const { animalId } = await t.household([1])
    const rows = (unitPrice: string) => [
      { line: 2, fields: { code: 'WORM', name: 'Wormer', kind: 'medication', unitPrice } },
    ]
    const list = async (unitPrice: string, vatRate: number): Promise<void> => {
      const settings = { siteId: 1, system: 'x', currency: 'GBP', vatRate, dates: null }
      const batch = { groupId: 1, kind: 'prices' as const, settings, rows: rows(unitPrice) }
      expect((await takeBatch(t.group.db, batch, t.clock.now)).refused).to.deep.equal([])
      t.clock.now += hour
    }
    const before = t.clock.now
    await list('10.00', 2000)
    await list('12.50', 500)
    await list('13.00', 500)
    const treated = async (at: number, more: object = {}): Promise<unknown[]> => {
      const data = { animalId, code: 'WORM', quantity: 1, treatedAt: new Date(at).toISOString(), ...more }
      const [result] = await t.send('treatment', amelia, [t.creation(data)])
      expect(result?.outcome).to.equal('CREATED')
      return [result?.record?.['unitPrice'], result?.record?.['vatRate']]
    }
    expect(await treated(before - hour)).to.deep.equal([1000, 2000])
    expect(await treated(before + hour - 1)).to.deep.equal([1000, 2000])
    expect(await treated(before + hour)).to.deep.equal([1250, 500])
    expect(await treated(t.clock.now)).to.deep.equal([1300, 500])
    expect(await treated(before, { unitPrice: 900 })).to.deep.equal([900, 2000])
    const code = await stored('treatmentCode', 'WORM')
    expect(code).to.include({ unitPrice: 1300, vatRate: 500 }).and.not.to.have.property('formerRates')
  })

  it('says in plain words what is wrong with an item', async () => {
    const wrong: Record<string, [unknown, string]> = {
      lastName: ['', 'must not be empty'],
      firstName: ['x'.repeat(201), 'must have at most 200 characters'],
      phones: ['01632 960100', 'must be a list'],
      emails: [['nobody'], 'must be an e-mail address'],
      deactivated: ['no', 'must be true or false'],
    }
    const items = Object.entries(wrong).map(([field, [value]]) =>
      t.creation({ lastName: 'Marsh', [field]: value }),
    )
    const results = await t.send('client', amelia, [...items, t.creation({ firstName: 'Ann' }), null])
    expect(results.map(({ errors }) => errors?.[0]?.message)).to.deep.equal([
      ...Object.values(wrong).map(([, message]) => message),
      ...['is required', 'must be an object'],
    ])
  })

  it('refuses text that no store can keep, as that item’s own fault', async () => {
    const results = await t.send('client', amelia, [
      t.creation({ lastName: 'half \ud83d' }),
      t.creation({ lastName: 'x'.repeat(2_000_000) }),
      t.creation({ lastName: 'A backslash \\ud83d and 🐎' }),
    ])
    expect(results.map((r) => r.outcome)).to.deep.equal(['REJECTED', 'REJECTED', 'CREATED'])
    expect(results[0]?.errors?.[0]).to.include({ code: 'INVALID_REQUEST' })
    expect(await stored('client', String(results[2]?.id))).to.include({
      lastName: 'A backslash \\ud83d and 🐎',
    })
  })

  it('keeps its own copy of what it refused', async () => {
    const item = t.creation({
      animalId: randomUUID(),
      code: 'CONS',
      quantity: 1,
      treatedAt: '2026-06-15T08:00:00Z',
    })
    const [result] = await t.send('treatment', amelia, [item])
    expect(result).to.include({ outcome: 'REJECTED', retryable: true })
    expect(result?.errors?.[0]).to.include({ code: 'UNKNOWN_REFERENCE', path: 'data.animalId' })
    const kept = await t.group.db.get(`rejected:${item.clientItemId}`)
    expect(kept).to.deep.include({ item, recordType: 'treatment', userId: amelia.userId })
  })

  it('refuses an item that refers to an animal of another site, and tells it from one that is not known yet', async () => {
    const { animalId } = await t.household([2])
    const data = { animalId, description: 'Trim', vatRate: 0, quantity: 1, treatedAt: '2026-06-15T08:00:00Z' }
    const [result] = await t.send('treatment', ben, [t.creation(data)])
    expect(result).to.include({ outcome: 'REJECTED', retryable: false })
    expect(result?.errors?.[0]).to.include({ code: 'SITE_NOT_ALLOWED', path: 'data.animalId' })
  })

  it('lets nobody edit a record of a site that is not theirs', async () => {
    const { animalId } = await t.household([1])
    const [result] = await t.send('animal', nobody, [
      t.edit(animalId, null, { name: { from: 'Bramble', to: 'Mine' } }),
    ])
    expect(result?.errors?.[0]).to.include({ code: 'SITE_NOT_ALLOWED' })
    expect(result).not.to.have.property('record')
    expect(await stored('animal', animalId)).to.include({ name: 'Bramble' })
  })

  it('makes no record of somebody who works at no site: nobody could see it', async () => {
    const nowhere = { ...nobody, siteIds: [] }
    const file = {
      title: 'Lame',
      category: 'photo',
      fileName: 'lame.jpg',
      contentType: 'image/jpeg',
      size: 1,
    }
    const photo = { ...file, animalId: randomUUID(), sha256: '0'.repeat(64) }
    const [made] = await t.send('client', nowhere, [t.creation({ lastName: 'Marsh' })])
    const [notYetKnown] = await t.send('document', nowhere, [t.creation(photo)])
    const told = [made, notYetKnown].map((result) => [result?.outcome, result?.errors?.[0]])
    expect(told).to.deep.equal([
      ['REJECTED', { code: 'SITE_NOT_ALLOWED', path: 'data.siteIds', message: 'You work at no site' }],
      ['REJECTED', { code: 'SITE_NOT_ALLOWED', path: 'data.animalId', message: 'You work at no site' }],
    ])
  })

  it('is brought to no site, and taken from none, that is not the user’s, and stays with one at least', async () => {
    const { animalId } = await t.household([1, 2])
    const sites = (from: number[], to: number[]) => t.edit(animalId, null, { siteIds: { from, to } })
    const results = await t.send('animal', ben, [
      sites([1, 2], [1]),
      sites([1, 2], [1, 2, 3]),
      sites([1, 2], []),
    ])
    expect(results.map((r) => r.errors?.[0]?.code)).to.deep.equal([
      'SITE_NOT_ALLOWED',
      'SITE_NOT_ALLOWED',
      'INVALID_REQUEST',
    ])
    expect((await stored('animal', animalId))?.['siteIds']).to.deep.equal([1, 2])
  })

  it('of two people that leaves a record no site shows it to nobody, never to all', async () => {
    const { animalId } = await t.household([1, 2])
    const sites = (from: number[], to: number[]) => t.edit(animalId, null, { siteIds: { from, to } })
    await t.send('animal', amelia, [sites([1, 2], [2])])
    await t.send('animal', amelia, [sites([1, 2], [1])])
    expect((await stored('animal', animalId))?.['siteIds']).to.deep.equal([])
    expect((await t.pullAll(nobody, 'animals')).documents.size).to.equal(0)
  })

  it('merges every one of many edits of one record at once', async () => {
    const { animalId } = await t.household([1])
    const base = (await stored('animal', animalId))?.revision ?? null
    const names = Array.from({ length: 12 }, (_, i) => `allergy ${i}`)
    const edits = names.map((name) => t.edit(animalId, base, { allergies: { from: [], to: [name] } }))
    const results = await Promise.all(edits.map((edit) => t.send('animal', amelia, [edit])))
    expect(results.flat().every((r) => r.outcome !== 'REJECTED')).to.equal(true)
    const allergies = (await stored('animal', animalId))?.['allergies'] as string[]
    expect(allergies.sort()).to.deep.equal(names.sort())
  })

  it('keeps what each edit replaced in the history', async () => {
    const { animalId } = await t.household([1])
    const edit = t.edit(animalId, null, { name: { from: 'Bramble', to: 'Briar' } }) as {
      clientItemId: string
    }
    await t.send('animal', amelia, [edit])
    const entry = await t.group.db.get(`history:${animalId}:${edit.clientItemId}`)
    expect(entry).to.deep.include({ replaced: { name: 'Bramble' }, by: amelia.userId, recordType: 'animal' })
  })

  it('shows two offline bookings at one time as a clash, and keeps both (I6)', async () => {
    const { clientId, animalId } = await t.household([1])
    const practitionerId = randomUUID()
    await t.group.db.write([
      {
        _id: `reference:practitioner:${practitionerId}`,
        type: 'reference',
        siteIds: [1],
        kind: 'practitioner',
      },
    ])
    const booking = (from: string, to: string) =>
      t.creation({
        siteId: 1,
        practitionerId,
        clientId,
        animalIds: [animalId],
        startsAt: `2026-06-16T${from}:00Z`,
        endsAt: `2026-06-16T${to}:00+00:00`,
      })
    const [first, beside] = await t.send('appointment', amelia, [
      booking('09:00', '09:30'),
      booking('09:30', '10:00'),
    ])
    const [second] = await t.send('appointment', ben, [booking('09:15', '09:45')])
    expect([first?.record?.['clash'], beside?.record?.['clash']]).to.deep.equal([null, null])
    expect(second?.outcome).to.equal('CREATED')
    expect(second?.record?.['clash']).to.deep.equal({ with: [first?.id, beside?.id].sort() })
    expect((await stored('appointment', String(first?.id)))?.['clash']).to.deep.equal({ with: [second?.id] })
    const cancelled = t.edit(String(second?.id), second?.revision ?? null, {
      status: { from: 'BOOKED', to: 'CANCELLED' },
    })
    await t.send('appointment', ben, [cancelled])
    for (const result of [first, beside, second])
      expect((await stored('appointment', String(result?.id)))?.['clash']).to.equal(null)
  })

  it('takes an arrival back with its time, and keeps the time of one that came after treatment', async () => {
    const { clientId, animalId } = await t.household([1])
    const practitionerId = randomUUID()
    await t.group.db.write([
      {
        _id: `reference:practitioner:${practitionerId}`,
        type: 'reference',
        siteIds: [1],
        kind: 'practitioner',
      },
    ])
    const times = { startsAt: '2026-06-15T09:00:00Z', endsAt: '2026-06-15T09:30:00Z' }
    const [made] = await t.send('appointment', ben, [
      t.creation({ siteId: 1, practitionerId, clientId, animalIds: [animalId], ...times }),
    ])
    const id = String(made?.id)
    const step = async (from: string, to: string, base = made?.revision ?? null) =>
      (await t.send('appointment', ben, [t.edit(id, base, { status: { from, to } })]))[0]
    const arrived = await step('BOOKED', 'ARRIVED')
    expect(arrived?.record?.['statusTimes']).to.have.keys('BOOKED', 'ARRIVED')
    const back = await step('ARRIVED', 'BOOKED', arrived?.revision)
    expect(back?.record?.['statusTimes']).to.have.keys('BOOKED')
    await step('BOOKED', 'TREATED', back?.revision)
    const late = await step('BOOKED', 'ARRIVED', back?.revision)
    expect(late?.record).to.include({ status: 'TREATED' })
    expect(late?.record?.['statusTimes']).to.have.keys('BOOKED', 'ARRIVED', 'TREATED')
  })

  it('that brings a cancelled appointment back leaves nothing of the cancellation', async () => {
    const { animalId, clientId } = await t.household([1])
    const practitionerId = randomUUID()
    await t.group.db.write([
      { _id: `reference:practitioner:${practitionerId}`, type: 'reference', kind: 'practitioner' },
    ])
    const times = { startsAt: '2026-06-15T09:00:00Z', endsAt: '2026-06-15T09:30:00Z' }
    const data = { siteId: 1, practitionerId, clientId, animalIds: [animalId], ...times }
    const [made] = await t.send('appointment', ben, [t.creation(data)])
    const id = String(made?.id)
    const off = t.edit(id, made?.revision ?? null, { status: { from: 'BOOKED', to: 'CANCELLED' } })
    const [cancelled] = await t.send('appointment', ben, [off])
    expect(cancelled?.record?.['statusTimes']).to.have.keys('BOOKED', 'CANCELLED')
    const doc = await t.group.db.get(`appointment:${id}`)
    const cancellation = { at: '2026-06-15T09:00:00.000Z', reasonId: null, note: 'mistake' }
    await t.group.db.write([{ ...doc, _id: `appointment:${id}`, cancellation }])
    const base = (await t.group.db.get(`appointment:${id}`))?._rev ?? null
    const [back] = await t.send('appointment', ben, [
      t.edit(id, base, { status: { from: 'CANCELLED', to: 'BOOKED' } }),
    ])
    expect(back?.record).to.include({ status: 'BOOKED', cancellation: null })
    expect(back?.record?.['statusTimes']).to.have.keys('BOOKED')
  })

  it('completes a unit said in part by what its editor had seen', async () => {
    const { animalId } = await t.household([1])
    const data = {
      animalId,
      description: 'Trim',
      vatRate: 0,
      quantity: 1,
      unitPrice: 100,
      treatedAt: '2026-06-15T08:00:00Z',
    }
    const [made] = await t.send('treatment', amelia, [t.creation(data)])
    const id = String(made?.id)
    await t.send('treatment', amelia, [t.edit(id, made?.revision ?? null, { quantity: { from: 1, to: 2 } })])
    const [result] = await t.send('treatment', ben, [
      t.edit(id, made?.revision ?? null, { unitPrice: { from: 100, to: 150 } }),
    ])
    expect(result?.outcome).to.equal('CONFLICT')
    const lines = result?.conflicts?.[0]?.values.map(
      (v) => v.value as { quantity: number; unitPrice: number },
    )
    expect(lines?.map(({ quantity, unitPrice }) => [quantity, unitPrice])).to.have.deep.members([
      [2, 100],
      [1, 150],
    ])
  })

  it('refuses an edit’s id with other changes: nothing is acknowledged that is nowhere', async () => {
    const { animalId } = await t.household([1])
    const edit = t.edit(animalId, null, { colour: { from: null, to: 'bay' } })
    await t.send('animal', amelia, [edit])
    const other = { ...edit, changes: { sex: { from: null, to: 'mare' } } }
    const [result] = await t.send('animal', amelia, [other])
    expect(result?.errors?.[0]).to.include({ code: 'CLIENT_ITEM_ID_IN_USE' })
    expect((await t.send('animal', amelia, [edit]))[0]?.outcome).to.equal('DUPLICATE')
  })

  it('takes a record as a device has it, with the server’s fields empty', async () => {
    const { animalId } = await t.household([1])
    const id = randomUUID()
    const data = { animalId, description: 'Trim', vatRate: 0, quantity: 1, treatedAt: '2026-06-15T08:00:00Z' }
    const [made] = await t.send('treatment', amelia, [
      t.creation({ ...data, id, invoiceId: null, voided: null }, id),
    ])
    expect(made?.outcome).to.equal('CREATED')
    const [forged] = await t.send('treatment', amelia, [t.creation({ ...data, invoiceId: randomUUID() })])
    expect(forged?.errors?.[0]).to.include({ code: 'UNKNOWN_FIELD', path: 'data.invoiceId' })
  })

  it('brings an animal and its client to the site it is booked at', async () => {
    const { clientId, animalId } = await t.household([1])
    const practitionerId = randomUUID()
    await t.group.db.write([
      {
        _id: `reference:practitioner:${practitionerId}`,
        type: 'reference',
        siteIds: [2],
        kind: 'practitioner',
      },
    ])
    const times = { startsAt: '2026-06-16T09:00:00Z', endsAt: '2026-06-16T09:30:00Z' }
    await t.send('appointment', amelia, [
      t.creation({ siteId: 2, practitionerId, clientId, animalIds: [animalId], ...times }),
    ])
    expect((await stored('animal', animalId))?.['siteIds']).to.deep.equal([1, 2])
    expect((await stored('client', clientId))?.['siteIds']).to.deep.equal([1, 2])
  })

  it('brings an animal to a site again that it was taken off since', async () => {
    const { clientId, animalId } = await t.household([1])
    const practitionerId = randomUUID()
    const practitioner = { _id: `reference:practitioner:${practitionerId}`, kind: 'practitioner' }
    await t.group.db.write([{ ...practitioner, type: 'reference', siteIds: [2] }])
    const times = { startsAt: '2026-06-16T09:00:00Z', endsAt: '2026-06-16T09:30:00Z' }
    const book = async () => {
      const data = { siteId: 2, practitionerId, clientId, animalIds: [animalId], ...times }
      const [booked] = await t.send('appointment', amelia, [t.creation(data)])
      expect(booked?.outcome).to.equal('CREATED')
    }
    await book()
    const there = await t.group.db.get(`animal:${animalId}`)
    await t.send('animal', amelia, [
      t.edit(animalId, there?._rev ?? null, { siteIds: { from: [1, 2], to: [1] } }),
    ])
    await book()
    const again = await t.group.db.get(`animal:${animalId}`)
    expect(again?.['siteIds']).to.deep.equal([1, 2])
    const applied = (again?.['applied'] as { id: string }[]).map(({ id }) => id)
    expect(new Set(applied).size).to.equal(applied.length)
  })

  it('voids a treatment with who, when and why, and never takes that back', async () => {
    const { animalId } = await t.household([1])
    const data = { animalId, description: 'Trim', vatRate: 0, quantity: 1, treatedAt: '2026-06-15T08:00:00Z' }
    const [made] = await t.send('treatment', amelia, [t.creation(data)])
    const id = String(made?.id)
    const voiding = t.edit(id, made?.revision ?? null, {
      voided: { from: null, to: { reason: 'wrong animal' } },
    })
    const [result] = await t.send('treatment', amelia, [voiding])
    expect(result?.record?.['voided']).to.deep.equal({
      at: new Date(t.clock.now).toISOString(),
      by: amelia.userId,
      reason: 'wrong animal',
    })
    const [back] = await t.send('treatment', amelia, [
      t.edit(id, result?.revision ?? null, { voided: { from: {}, to: null } }),
    ])
    expect(back?.outcome).to.equal('REJECTED')
  })

  it('reverses a payment once', async () => {
    const { clientId } = await t.household([1])
    const payment = {
      clientId,
      method: 'CARD',
      amount: 4500,
      currency: 'GBP',
      takenAt: '2026-06-15T08:00:00Z',
    }
    const [made] = await t.send('payment', amelia, [t.creation(payment)])
    const reversal = { ...payment, amount: -4500, reversalOf: made?.id }
    for (const wrong of [{ amount: -1 }, { amount: 4500 }, { currency: 'EUR' }]) {
      const [result] = await t.send('payment', amelia, [t.creation({ ...reversal, ...wrong })])
      expect(result?.errors?.[0]).to.include({ code: 'INVALID_REQUEST' })
    }
    const reversals = Array.from({ length: 4 }, () => t.creation(reversal))
    const results = await Promise.all([
      t.send('payment', amelia, reversals.slice(0, 2)),
      ...reversals.slice(2).map((item) => t.send('payment', ben, [item])),
    ])
    const outcomes = results.flat().map((r) => r.errors?.[0]?.code ?? r.outcome)
    expect(outcomes.sort()).to.deep.equal([
      'ALREADY_REVERSED',
      'ALREADY_REVERSED',
      'ALREADY_REVERSED',
      'CREATED',
    ])
    const standing = results.flat().find((r) => r.outcome === 'CREATED')?.id
    const again = reversals.filter((item) => item.clientItemId === standing)
    expect((await t.send('payment', amelia, again))[0]?.outcome).to.equal('DUPLICATE')
  })
})
