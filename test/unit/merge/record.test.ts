import { expect } from 'chai'
import { conflict } from '../../../sync/contract/upload.ts'
import { conflictsOf } from '../../../sync/merge/conflicts.ts'
import { mergeStates, applyEdit, resolveConflict } from '../../../sync/merge/record.ts'
import type { RecordState } from '../../../sync/merge/types.ts'
import { animal, appointment, edit, edited, enter, recordId, treatment } from './merging.ts'

const conflictsIn = (state: RecordState) => conflictsOf('appointment', recordId, state)
const said = (id: string, field: string, from: unknown, to: unknown, minute = 0) => ({
  id,
  minute,
  changes: { [field]: { from, to } },
})
const slot = (over: object) => ({
  siteId: 1,
  practitionerId: 'vet-1',
  startsAt: '09:00',
  endsAt: '09:20',
  ...over,
})
const slotChanges = (to: object) =>
  Object.fromEntries(Object.entries(slot(to)).map(([f, v]) => [f, { from: slot({})[f as 'siteId'], to: v }]))

describe('edits of different fields', () => {
  it('both stand, without a conflict', () => {
    const state = edited(
      'appointment',
      appointment(),
      said('a', 'reasonText', 'booster', 'check'),
      said('b', 'clientId', 'client-1', 'client-2'),
    )
    expect(state.fields).to.include({ reasonText: 'check', clientId: 'client-2' })
    expect(conflictsIn(state)).to.deep.equal([])
  })
})

describe('two edits of the same scalar', () => {
  const both = edited(
    'appointment',
    appointment(),
    said('late', 'reasonText', 'booster', 'teeth', 5),
    said('early', 'reasonText', 'booster', 'check', 3),
  )

  it('show the later, and set the other apart in a conflict that the contract accepts', () => {
    expect(both.fields['reasonText']).to.equal('teeth')
    const [found, ...others] = conflictsIn(both)
    expect(others).to.deep.equal([])
    expect(conflict.parse(found)).to.deep.include({
      field: 'reasonText',
      fields: ['reasonText'],
      shown: 'teeth',
    })
    expect(found?.values.map(({ value, by, at }) => [value, by, at])).to.deep.equal([
      ['teeth', 'user late', '2026-03-29T12:05:00.000Z'],
      ['check', 'user early', '2026-03-29T12:03:00.000Z'],
    ])
  })

  it('agree when they say the same', () => {
    const state = edited(
      'appointment',
      appointment(),
      said('a', 'reasonText', 'booster', 'teeth'),
      said('b', 'reasonText', 'booster', 'teeth', 1),
    )
    expect(conflictsIn(state)).to.deep.equal([])
    expect(state.clocks['reasonText']?.live).to.have.length(2)
  })

  it('are one after the other when the second saw the first, by its base or by its from', () => {
    const first = edited('appointment', appointment(), said('a', 'reasonText', 'booster', 'teeth', 9))
    const byBase = edit('appointment', first, { ...said('b', 'reasonText', 'x', 'check'), sawGeneration: 2 })
    const byFrom = edit('appointment', first, {
      ...said('b', 'reasonText', 'teeth', 'check'),
      sawGeneration: 0,
    })
    for (const { state, concurrent, replaced } of [byBase, byFrom]) {
      expect(state.fields['reasonText']).to.equal('check')
      expect(conflictsIn(state)).to.deep.equal([])
      expect(concurrent).to.equal(false)
      expect(replaced).to.deep.equal({ reasonText: 'teeth' })
    }
  })

  it('are concurrent when neither base nor from is known to have been there', () => {
    const state = edited('appointment', appointment(), {
      ...said('a', 'reasonText', 'something else', 'teeth'),
      sawGeneration: 0,
    })
    expect(conflictsIn(state)[0]?.values.map((v) => [v.value, v.at])).to.deep.equal([
      ['teeth', '2026-03-29T12:00:00.000Z'],
      ['booster', null],
    ])
  })

  it('keep 2 and "2" apart, and do not mind the order of keys', () => {
    const state = edited('animal', animal(), said('a', 'weightGrams', '900', 950))
    expect(
      edit('animal', animal(), { ...said('a', 'weightGrams', '900', 950), sawGeneration: 0 }).concurrent,
    ).to.equal(true)
    expect(state.fields['weightGrams']).to.equal(950)
    const client = { fields: { address: { line1: 'a', city: 'b' } }, clocks: {} }
    const change = { from: { city: 'b', line1: 'a' }, to: { line1: 'c', city: 'b' } }
    const moved = edit('client', client, { id: 'a', sawGeneration: 0, changes: { address: change } })
    expect(conflictsOf('client', recordId, moved.state)).to.deep.equal([])
    expect(moved.concurrent).to.equal(false)
  })
})

describe('fields that mean something only together', () => {
  it('are never mixed: one whole slot stands, the other is set apart', () => {
    const state = edited(
      'appointment',
      appointment(),
      { id: 'start', changes: slotChanges({ startsAt: '09:10' }), minute: 1 },
      { id: 'end', changes: slotChanges({ endsAt: '09:40' }) },
    )
    expect(state.fields).to.include(slot({ startsAt: '09:10' }))
    const [found] = conflictsIn(state)
    expect(found).to.deep.include({
      field: 'slot',
      fields: ['siteId', 'practitionerId', 'startsAt', 'endsAt'],
    })
    expect(found?.values.map((v) => v.value)).to.deep.equal([
      slot({ startsAt: '09:10' }),
      slot({ endsAt: '09:40' }),
    ])
  })

  it('are not mixed either when an edit names only one of them', () => {
    const state = edited(
      'appointment',
      appointment(),
      said('start', 'startsAt', '09:00', '09:10', 1),
      said('end', 'endsAt', '09:20', '09:40'),
    )
    expect(conflictsIn(state)).to.have.length(1)
  })

  it('take what an edit does not name from what it had seen', () => {
    const first = edited('appointment', appointment(), said('a', 'startsAt', '09:00', '09:10'))
    const own = edit('appointment', first, { ...said('b', 'endsAt', '09:20', '09:40'), device: 'a' })
    expect(own.state.fields).to.include(slot({ startsAt: '09:10', endsAt: '09:40' }))
    expect(conflictsIn(own.state)).to.deep.equal([])
  })

  it('take an edit without a base at its word where one version fits, and not where two do', () => {
    const first = edited('appointment', appointment(), said('a', 'startsAt', '09:00', '09:10'))
    const end = { ...said('c', 'endsAt', '09:20', '09:40'), sawGeneration: 0 }
    expect(conflictsIn(edit('appointment', first, end).state)).to.deep.equal([])
    const two = edited('appointment', first, said('b', 'startsAt', '09:00', '08:50'))
    expect(conflictsIn(edit('appointment', two, end).state)[0]?.values).to.have.length(3)
  })

  it('are, for a treatment, what is charged: code, quantity and price', () => {
    const line = { code: 'VAC', description: 'vaccine', quantity: '1', unitPrice: 500 }
    const rest = { fixedPrice: null, currency: 'GBP', vatRate: 2000 }
    const changed = (to: object) =>
      Object.fromEntries(
        Object.entries({ ...line, ...rest, ...to }).map(([f, v]) => [
          f,
          { from: treatment().fields[f], to: v },
        ]),
      )
    const state = edited(
      'treatment',
      treatment(),
      { id: 'a', changes: changed({ quantity: '2' }) },
      { id: 'b', changes: changed({ unitPrice: 900 }), minute: 1 },
    )
    expect(state.fields).to.include({ quantity: '1', unitPrice: 900 })
    expect(conflictsOf('treatment', recordId, state)[0]?.field).to.equal('line')
  })
})

describe('a void', () => {
  const voided = { at: 'now', by: 'vet-1', reason: 'mistake' }

  it('stands against whatever leaves the treatment standing', () => {
    const start = treatment()
    const state = edited(
      'treatment',
      start,
      said('a', 'voided', null, voided),
      { ...said('b', 'voided', { at: 'before' }, null, 1), sawGeneration: 0 },
      said('c', 'quantity', '1', '2', 2),
    )
    expect(state.fields).to.deep.include({ voided, quantity: '2' })
    expect(conflictsOf('treatment', recordId, state)).to.deep.equal([])
  })

  it('beside another shows the later, and sets the other apart', () => {
    const other = { ...voided, reason: 'wrong animal' }
    const state = edited(
      'treatment',
      treatment(),
      said('a', 'voided', null, voided, 1),
      said('b', 'voided', null, other),
    )
    expect(state.fields['voided']).to.deep.equal(voided)
    expect(conflictsOf('treatment', recordId, state)[0]?.values).to.have.length(2)
  })
})

describe('an edit that comes again', () => {
  it('changes nothing', () => {
    const start = appointment()
    const once = enter('appointment', start, {
      id: 'a',
      changes: { reasonText: { from: 'booster', to: 'teeth' }, animalIds: { from: ['rex'], to: ['tom'] } },
    })
    const { state } = applyEdit('appointment', start, once)
    const again = applyEdit('appointment', state, { ...once, generation: 3 })
    expect(again.state).to.deep.equal(state)
    expect(again.replaced).to.deep.equal({})
    const later = edit('appointment', state, { ...said('b', 'reasonText', 'teeth', 'check'), generation: 3 })
    expect(applyEdit('appointment', later.state, once).state).to.deep.equal(later.state)
  })

  it('is none where from and to are the same, whatever stands there now', () => {
    const { state } = edit('appointment', appointment(), said('a', 'reasonText', 'old', 'old'))
    expect(state).to.deep.equal(appointment())
  })
})

describe('a person settling a conflict', () => {
  const both = edited(
    'appointment',
    appointment(),
    said('a', 'reasonText', 'booster', 'teeth', 5),
    said('b', 'reasonText', 'booster', 'check', 3),
  )

  it('leaves the chosen value and no conflict, even with a stamp that is too low', () => {
    const stamp = enter('appointment', appointment(), said('c', 'reasonText', 'x', 'y', -60)).stamp
    const choice = { value: 'check', stamp, by: 'user c', generation: 4 }
    const { state, replaced } = resolveConflict('appointment', both, 'reasonText', choice)
    expect(state.fields['reasonText']).to.equal('check')
    expect(replaced).to.deep.equal({ reasonText: 'teeth' })
    expect(conflictsIn(state)).to.deep.equal([])
    expect(conflictsIn(mergeStates('appointment', state, both))).to.deep.equal([])
  })

  it('settles a unit whole', () => {
    const state = edited(
      'appointment',
      appointment(),
      { id: 'start', changes: slotChanges({ startsAt: '09:10' }), minute: 1 },
      { id: 'end', changes: slotChanges({ endsAt: '09:40' }) },
    )
    const stamp = enter('appointment', state, said('c', 'endsAt', 'x', 'y', 9)).stamp
    const value = slot({ endsAt: '09:40' })
    const settled = resolveConflict('appointment', state, 'slot', { value, stamp, by: null, generation: 4 })
    expect(settled.state.fields).to.include(value)
    expect(conflictsIn(settled.state)).to.deep.equal([])
  })

  it('has nothing to settle in a set', () => {
    const choice = { value: [], stamp: 'x', by: null, generation: 4 }
    expect(() => resolveConflict('appointment', both, 'animalIds', choice)).to.throw(TypeError)
  })
})

describe('a conflict', () => {
  const fight = (record: string) =>
    conflictsOf(
      'appointment',
      record,
      edited(
        'appointment',
        appointment(),
        said('a', 'reasonText', 'booster', 'teeth', 5),
        said('b', 'reasonText', 'booster', 'check', 3),
      ),
    )[0]?.id

  it('has an id that its record, field and stamps decide', () => {
    expect(fight('r1')).to.equal(fight('r1'))
    expect(fight('r1')).not.to.equal(fight('r2'))
  })
})
