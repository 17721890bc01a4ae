import { expect } from 'chai'
import { InvalidCheckpoint, readCheckpoint, writeCheckpoint } from '../../../sync/feed/checkpoint.ts'

const state = {
  v: 1 as const,
  group: 1,
  collection: 'animals',
  epoch: 'e',
  position: 5,
  since: 9,
  channels: ['group', 'site:1'],
  window: {},
  todo: [],
}
const expected = { group: 1, collection: 'animals' }

describe('A checkpoint', () => {
  it('comes back as it was given', () => {
    expect(readCheckpoint(writeCheckpoint(state), expected)).to.deep.equal(state)
  })

  const refused: Record<string, { token: string }> = {
    'is garbage': { token: 'not a checkpoint' },
    'is empty': { token: '' },
    'is JSON of another shape': { token: Buffer.from('{"v":2}').toString('base64url') },
    "is another tenant's": writeCheckpoint({ ...state, group: 2 }),
    'is of another collection': writeCheckpoint({ ...state, collection: 'clients' }),
    'has a negative position': writeCheckpoint({ ...state, position: -1 }),
    'carries foreign keys': {
      token: Buffer.from(JSON.stringify({ ...state, __proto__x: 1 })).toString('base64url'),
    },
  }
  for (const [why, checkpoint] of Object.entries(refused))
    it(`is refused where it ${why}`, () => {
      expect(() => readCheckpoint(checkpoint, expected)).to.throw(InvalidCheckpoint)
    })
})
