import { expect } from 'chai'
import { enterBranch } from '../../../sync/merge/branch.ts'
import { conflictsOf } from '../../../sync/merge/conflicts.ts'
import { mergeStates } from '../../../sync/merge/record.ts'
import { maxGone } from '../../../sync/merge/register.ts'
import { animal, appointment, edit, edited, recordId } from './merging.ts'

const rename = (id: string, from: string, to: string, minute = 0) => ({
  id,
  minute,
  changes: { name: { from, to } },
})

describe('two states of a record', () => {
  it('merge to what both hold, less what an edit in either had seen', () => {
    const a = edited('animal', animal(), rename('a', 'Rex', 'Max'))
    const b = edited('animal', animal(), rename('b', 'Rex', 'Tom', 1))
    const seen = edit('animal', mergeStates('animal', a, b), {
      ...rename('c', 'Tom', 'Kit'),
      sawGeneration: 9,
    }).state
    expect(mergeStates('animal', seen, a).fields['name']).to.equal('Kit')
    expect(conflictsOf('animal', recordId, mergeStates('animal', a, b))).to.have.length(1)
    expect(conflictsOf('animal', recordId, mergeStates('animal', seen, b))).to.deep.equal([])
  })

  it('that differ without an edit lose nothing', () => {
    const [a, b] = [animal({ allergies: ['eggs'] }), animal({ name: 'Max', allergies: ['fish'] })]
    const merged = mergeStates('animal', a, b)
    expect(conflictsOf('animal', recordId, merged)[0]?.values.map((v) => v.value)).to.have.members([
      'Rex',
      'Max',
    ])
    expect(merged.fields['allergies']).to.have.members(['eggs', 'fish'])
    expect(mergeStates('animal', b, a)).to.deep.equal(merged)
  })

  it('join what the server keeps, and what merge does not know', () => {
    const a = appointment({
      modifiedAt: '2026-03-30',
      statusTimes: { ARRIVED: '1' },
      wings: 2,
      siteIds: [3, 1],
    })
    const b = appointment({ statusTimes: { PAID: '2' }, clash: null, siteIds: [2, 1] })
    const merged = mergeStates('appointment', a, b)
    expect(merged.fields).to.deep.include({
      modifiedAt: '2026-03-30',
      statusTimes: { ARRIVED: '1', PAID: '2' },
      siteIds: [1, 2, 3],
      wings: 2,
    })
    expect(JSON.stringify(mergeStates('appointment', b, a))).to.equal(JSON.stringify(merged))
  })

  it('keep the clocks of fields that this version does not know', () => {
    const register = { live: [{ stamp: 'x', value: 1, by: null, generation: 2 }], gone: [] }
    const newer = { ...animal({ wings: 2 }), clocks: { wings: register } }
    expect(mergeStates('animal', newer, animal({ wings: 2 })).clocks['wings']).to.deep.equal(register)
  })

  it('do not let names from outside reach the prototype', () => {
    const evil = { ...animal(), fields: JSON.parse('{"name":"Rex","__proto__":{"polluted":1}}') as object }
    const merged = mergeStates('animal', { ...evil, fields: { ...evil.fields } }, animal())
    expect(Object.hasOwn(merged.fields, '__proto__')).to.equal(true)
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined)
    const { state } = edit('animal', animal(), {
      id: 'a',
      changes: JSON.parse('{"__proto__":{"from":1,"to":2},"constructor":{"from":1,"to":2}}') as never,
    })
    expect(state).to.deep.equal(animal())
  })

  it('that have drifted more than the bound apart show a conflict, and lose nothing', () => {
    const old = edited('animal', animal(), rename('first', 'Rex', 'name 0'))
    let state = old
    for (let i = 0; i < maxGone + 5; i++) {
      const said = { ...rename(`e${i}`, `name ${i}`, `name ${i + 1}`, i), generation: i + 3 }
      state = edit('animal', state, { ...said, sawGeneration: i + 2 }).state
    }
    expect(state.clocks['name']?.gone.length).to.be.at.most(maxGone + 1)
    expect(conflictsOf('animal', recordId, mergeStates('animal', state, animal()))).to.deep.equal([])
    const [found] = conflictsOf('animal', recordId, mergeStates('animal', state, old))
    expect(found?.values.map((v) => v.value)).to.include('name 0')
  })
})

describe('a branch merged into the one that won', () => {
  const won = edited('animal', animal(), { ...rename('a', 'Rex', 'Max', 1), generation: 2 })
  const lost = edited('animal', animal(), { ...rename('b', 'Rex', 'Tom'), generation: 2 })
  const entered = enterBranch('animal', won, mergeStates('animal', won, lost), 3)

  it('has not been seen by those who saw only the one that won', () => {
    const { state } = edit('animal', entered, {
      ...rename('c', 'Max', 'Kit', 2),
      sawGeneration: 2,
      generation: 4,
    })
    const [found] = conflictsOf('animal', recordId, state)
    expect(found?.values.map((v) => v.value)).to.deep.equal(['Kit', 'Tom'])
  })

  it('has been seen by those who saw the merged record', () => {
    const { state } = edit('animal', entered, {
      ...rename('c', 'Max', 'Kit', 2),
      sawGeneration: 3,
      generation: 4,
    })
    expect(conflictsOf('animal', recordId, state)).to.deep.equal([])
  })

  it('keeps the time at which the branch itself took a value, whenever the other took it', () => {
    const late = enterBranch('animal', animal(), won, 9)
    expect(enterBranch('animal', won, mergeStates('animal', won, late), 3)).to.deep.equal(
      mergeStates('animal', won, won),
    )
  })
})
