import { expect } from 'chai'
import { conflict } from '../../../sync/contract/upload.ts'
import { conflictsOf } from '../../../sync/merge/conflicts.ts'
import { mergeStates, applyEdit, resolveConflict } from '../../../sync/merge/record.ts'
import type { RecordState } from '../../../sync/merge/types.ts'
import { animal, appointment, edit, edited, enter, recordId } from './merging.ts'

const conflictsIn = (state: RecordState) => conflictsOf('appointment', recordId, state)
const said = (id: string, field: string, from: unknown, to: unknown, minute = 0) => ({
  id,
  minute,
  changes: { [field]: { from, to } },
})

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
