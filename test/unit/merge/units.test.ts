import { expect } from 'chai'
import { conflictsOf } from '../../../sync/merge/conflicts.ts'
import { resolveConflict } from '../../../sync/merge/record.ts'
import type { RecordState } from '../../../sync/merge/types.ts'
import { appointment, edit, edited, enter, recordId, treatment } from './merging.ts'

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
