import { expect } from 'chai'
import { conflictsOf } from '../../../sync/merge/conflicts.ts'
import { mergeStates } from '../../../sync/merge/record.ts'
import { animal, appointment, edit, edited, recordId } from './merging.ts'

describe('a set', () => {
  const start = animal()
  const change = (id: string, from: string[], to: string[], minute = 0) => ({
    id,
    minute,
    changes: { allergies: { from, to } },
  })

  it('takes additions and removals of different people, with no conflict', () => {
    const state = edited(
      'animal',
      start,
      change('a', ['eggs', 'nuts'], ['eggs', 'nuts', 'fish'], 1),
      change('b', ['eggs', 'nuts'], ['nuts', 'soya']),
    )
    expect(state.fields['allergies']).to.deep.equal(['nuts', 'soya', 'fish'])
    expect(conflictsOf('animal', recordId, state)).to.deep.equal([])
  })

  it('keeps an allergy that one added while another, who had added it too, took theirs back', () => {
    const both = edited(
      'animal',
      start,
      change('a', ['nuts'], ['nuts', 'fish']),
      change('b', [], ['fish'], 1),
    )
    const { state, concurrent } = edit('animal', both, { ...change('b', ['fish'], [], 2), generation: 4 })
    expect(state.fields['allergies']).to.deep.equal(['eggs', 'nuts', 'fish'])
    expect(concurrent).to.equal(true)
  })

  it('drops an element that someone who saw it removes, and takes it again later', () => {
    const added = edited('animal', start, change('a', ['eggs', 'nuts'], ['eggs', 'nuts', 'fish']))
    const seen = {
      ...change('b', ['eggs', 'nuts', 'fish'], ['nuts', 'fish'], 1),
      sawGeneration: 2,
      generation: 3,
    }
    const { state } = edit('animal', added, seen)
    expect(state.fields['allergies']).to.deep.equal(['nuts', 'fish'])
    const again = edit('animal', state, {
      ...change('c', ['nuts', 'fish'], ['nuts', 'fish', 'eggs'], 2),
      sawGeneration: 3,
    })
    expect(again.state.fields['allergies']).to.deep.equal(['nuts', 'fish', 'eggs'])
  })

  it('goes by from alone where the base is not known', () => {
    const { state } = edit('animal', start, { ...change('a', ['eggs'], []), sawGeneration: 0 })
    expect(state.fields['allergies']).to.deep.equal(['nuts'])
  })

  it('takes any text and any object for an element', () => {
    const odd = ['__proto__', 'constructor', 'a/b', '"', '']
    const state = edited('animal', start, change('a', [], odd))
    expect(state.fields['allergies']).to.have.members(['eggs', 'nuts', ...odd])
    const marks = [{ value: '7', system: 'old' }]
    const imported = edited(
      'animal',
      animal({ externalIds: [] }),
      { id: 'a', changes: { externalIds: { from: [], to: marks } } },
      { id: 'b', changes: { externalIds: { from: [], to: [{ system: 'old', value: '7' }] } } },
    )
    expect(imported.fields['externalIds']).to.deep.equal(marks)
    expect(mergeStates('animal', state, state)).to.deep.equal(state)
  })
})

describe('clinical free text', () => {
  const start = appointment()
  const write = (id: string, from: unknown, to: unknown, minute = 0) => ({
    id,
    minute,
    changes: { notes: { from, to } },
  })
  const both = edited(
    'appointment',
    start,
    write('b', 'limps', 'rests', 5),
    write('a', 'limps', 'limps left', 3),
  )
  const joined = 'limps left\n\n--- also written 2026-03-29T12:05:00.000Z ---\nrests'

  it('keeps both texts, marked, by when they were written, and lists them as a conflict', () => {
    expect(both.fields['notes']).to.equal(joined)
    const [found] = conflictsOf('appointment', recordId, both)
    expect(found?.values.map((v) => v.value)).to.deep.equal(['rests', 'limps left'])
    expect(found?.shown).to.equal(joined)
  })

  it('is one text again once someone who saw both has written', () => {
    for (const sawGeneration of [0, 3]) {
      const { state } = edit('appointment', both, {
        ...write('c', joined, 'limps left, rests', 9),
        sawGeneration,
      })
      expect(state.fields['notes']).to.equal('limps left, rests')
      expect(conflictsOf('appointment', recordId, state)).to.deep.equal([])
    }
  })

  it('collapses what is the same, and lines that stand whole in another text', () => {
    const state = edited(
      'appointment',
      start,
      write('a', 'limps', 'limps\nrests'),
      write('b', 'limps', 'limps\nrests\neats', 1),
      write('c', 'limps', 'limps\nrests', 2),
    )
    expect(state.fields['notes']).to.equal('limps\nrests\neats')
    expect(conflictsOf('appointment', recordId, state)).to.deep.equal([])
  })

  it('never lets a finding vanish into its denial', () => {
    const state = edited(
      'appointment',
      start,
      write('a', 'limps', 'heart murmur'),
      write('b', 'limps', 'no heart murmur', 1),
    )
    expect(state.fields['notes']).to.match(/^heart murmur\n\n--- also written .* ---\nno heart murmur$/)
  })

  it('keeps a text against its removal', () => {
    const state = edited('appointment', start, write('a', 'limps', null, 5), write('b', 'limps', 'rests'))
    expect(state.fields['notes']).to.equal('rests')
    expect(edited('appointment', start, write('a', 'limps', null)).fields['notes']).to.equal(null)
  })
})

describe("an appointment's status", () => {
  const shown = (a: string, b: string) => {
    const state = edited(
      'appointment',
      appointment(),
      { id: 'a', changes: { status: { from: 'BOOKED', to: a } } },
      { id: 'b', minute: 1, changes: { status: { from: 'BOOKED', to: b } } },
    )
    return [state.fields['status'], conflictsOf('appointment', recordId, state).length]
  }

  it('of concurrent ones is the further along, with no conflict', () => {
    const order = ['ARRIVED', 'IN_TREATMENT', 'TREATED', 'PAID']
    for (const [i, a] of order.entries()) {
      for (const b of order.slice(i + 1)) {
        expect(shown(a, b)).to.deep.equal([b, 0])
        expect(shown(b, a)).to.deep.equal([b, 0])
      }
    }
  })

  it('keeps an arrival against a cancellation or a failure to show, and raises a conflict', () => {
    for (const end of ['CANCELLED', 'FAILED_TO_SHOW']) {
      expect(shown('ARRIVED', end)).to.deep.equal(['ARRIVED', 1])
      expect(shown(end, 'TREATED')).to.deep.equal(['TREATED', 1])
    }
  })

  it('lets a cancellation stand against a booking', () => {
    const moved = edited(
      'appointment',
      appointment({ status: 'ARRIVED' }),
      { id: 'a', minute: 1, changes: { status: { from: 'ARRIVED', to: 'BOOKED' } } },
      { id: 'b', changes: { status: { from: 'ARRIVED', to: 'CANCELLED' } } },
    )
    expect(moved.fields['status']).to.equal('CANCELLED')
    expect(conflictsOf('appointment', recordId, moved)).to.deep.equal([])
  })

  it('of a cancellation and a failure to show is the later, with a conflict', () => {
    expect(shown('CANCELLED', 'FAILED_TO_SHOW')).to.deep.equal(['FAILED_TO_SHOW', 1])
    expect(shown('FAILED_TO_SHOW', 'CANCELLED')).to.deep.equal(['CANCELLED', 1])
  })

  it('goes back when who saw it says so: a mis-tap', () => {
    const state = edited(
      'appointment',
      appointment(),
      { id: 'a', changes: { status: { from: 'BOOKED', to: 'ARRIVED' } } },
      { id: 'b', minute: 1, sawGeneration: 2, changes: { status: { from: 'ARRIVED', to: 'BOOKED' } } },
    )
    expect(state.fields['status']).to.equal('BOOKED')
    expect(conflictsOf('appointment', recordId, state)).to.deep.equal([])
  })
})
