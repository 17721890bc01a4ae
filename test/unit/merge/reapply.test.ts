import { expect } from 'chai'
import { changesBetween } from '../../../sync/merge/changes.ts'
import { reapply } from '../../../sync/merge/reapply.ts'
import { appointment } from './merging.ts'

const over = (master: Record<string, unknown>, ...changes: [string, unknown, unknown][]) =>
  reapply(
    'appointment',
    master,
    changes.map(([field, from, to]) => ({
      editedAt: '2026-03-29T12:00:00+02:00',
      changes: { [field]: { from, to } },
    })),
  )

describe('unsent edits over the state of the server', () => {
  it('stand where they changed something, and leave the rest as the server has it', () => {
    const master = appointment({ clientId: 'client-2' }).fields
    expect(over(master, ['reasonText', 'booster', 'teeth'])).to.deep.equal({ ...master, reasonText: 'teeth' })
  })

  it('add to and take from a set what the user added and took', () => {
    expect(over({ animalIds: ['rex', 'tom'] }, ['animalIds', ['rex', 'kit'], ['kit', 'max']])).to.deep.equal({
      animalIds: ['tom', 'max'],
    })
    expect(
      over({ animalIds: ['rex', 'tom'] }, ['animalIds', ['rex'], []], ['animalIds', [], ['rex']]),
    ).to.deep.equal({
      animalIds: ['rex', 'tom'],
    })
  })

  it('replace a text that is as the user saw it', () => {
    expect(over({ notes: 'limps' }, ['notes', 'limps', 'rests'])).to.deep.equal({ notes: 'rests' })
  })

  it('keep both texts where it is not, once, through later unsent edits too', () => {
    const notes = 'eats\n\n--- also written 2026-03-29T10:00:00.000Z ---\nrests'
    expect(over({ notes: 'eats' }, ['notes', 'limps', 'rests'])).to.deep.equal({ notes })
    expect(over({ notes }, ['notes', 'limps', 'rests'])).to.deep.equal({ notes })
    expect(over({ notes: 'eats' }, ['notes', 'limps', 'jumps'], ['notes', 'jumps', 'rests'])).to.deep.equal({
      notes,
    })
    expect(over({ notes }, ['notes', 'rests', 'sleeps'])).to.deep.equal({
      notes: notes.replace('rests', 'sleeps'),
    })
    expect(over({ notes: 'eats' }, ['notes', 'limps', 'eats\nrests'])).to.deep.equal({ notes: 'eats\nrests' })
    expect(over({ notes: 'eats' }, ['notes', 'limps', null])).to.deep.equal({ notes: 'eats' })
  })

  it('do not cancel a visit that has begun, but take back a mis-tap', () => {
    expect(over({ status: 'ARRIVED' }, ['status', 'BOOKED', 'CANCELLED'])).to.deep.equal({
      status: 'ARRIVED',
    })
    expect(over({ status: 'BOOKED' }, ['status', 'BOOKED', 'CANCELLED'])).to.deep.equal({
      status: 'CANCELLED',
    })
    expect(over({ status: 'ARRIVED' }, ['status', 'ARRIVED', 'BOOKED'])).to.deep.equal({ status: 'BOOKED' })
  })

  it('put a unit there whole, and pass over served and unknown fields', () => {
    const { fields } = appointment()
    const changes = changesBetween('appointment', fields, { ...fields, endsAt: '10:00' })
    const master = { ...fields, startsAt: '08:00' }
    expect(reapply('appointment', master, [{ editedAt: '', changes }])).to.deep.equal({
      ...fields,
      endsAt: '10:00',
    })
    expect(over(master, ['revision', 1, 2], ['wings', 1, 2], ['reasonText', 'x', 'x'])).to.deep.equal(master)
  })
})

describe('changes between two states', () => {
  it('say units whole, sets by their members, and nothing that is served, missing or the same', () => {
    const { fields } = appointment()
    const after = { ...fields, endsAt: '10:00', animalIds: ['rex'], modifiedAt: 'later', _rev: '2-x' }
    expect(Object.keys(changesBetween('appointment', fields, after))).to.deep.equal([
      'siteId',
      'practitionerId',
      'startsAt',
      'endsAt',
    ])
    expect(changesBetween('appointment', { reasonText: null }, { animalIds: ['rex'] })).to.deep.equal({
      animalIds: { from: null, to: ['rex'] },
    })
  })
})
