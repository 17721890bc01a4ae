/** The tests of the laws on made-up schedules, in parts: each part is a file, so that two cores share them. */
import { expect } from 'chai'
import * as fc from 'fast-check'
import { openGround, serversHere, type Ground } from './servers-here.ts'
import { endsWell, type Outcomes } from './play.ts'
import { seeded } from './seed.ts'

const longest = 30

export const describeLaws = (numRuns: number, usualSeed: number): void => {
  describe('Devices and two servers over one store', function () {
    this.timeout(14 * 60_000)
    let ground: Ground
    before(async () => void (ground = await openGround()))
    after(() => ground[Symbol.asyncDispose]())

    const { seed, path } = seeded(usualSeed)
    it(`end the same whatever happens between: ${numRuns} schedules, FC_SEED=${seed}`, async () => {
      const outcomes: Outcomes = new Map()
      const property = endsWell((users) => Promise.resolve(serversHere(ground, users)), {
        ...{ longest, outcomes, pouch: false },
      })
      await fc.assert(property, path === undefined ? { numRuns, seed } : { numRuns: 1, seed, path })
      if (path === undefined)
        expect(outcomes).to.include.keys('CREATED', 'UPDATED', 'MERGED', 'CONFLICT', 'DUPLICATE', 'REJECTED')
    })
  })
}
