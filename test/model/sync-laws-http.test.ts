/** The laws of sync-laws once more, asked by HTTP of whole servers: signing in, tokens, JSON and all. */
import { expect } from 'chai'
import * as fc from 'fast-check'
import { endsWell, type Outcomes } from './sync/play.ts'
import { seeded } from './sync/seed.ts'
import { HttpGround, serversByHttp } from './sync/servers-http.ts'

const numRuns = 100
const longest = 16

describe('Devices and two servers over one store, by HTTP', function () {
  this.timeout(14 * 60_000)
  let ground: HttpGround
  before(async () => void (ground = await HttpGround.open()))
  after(() => ground[Symbol.asyncDispose]())

  const { seed, path } = seeded(20_261_130)
  it(`end the same whatever happens between: ${numRuns} schedules, FC_SEED=${seed}`, async () => {
    const outcomes: Outcomes = new Map()
    const property = endsWell((users) => serversByHttp(ground, users), {
      ...{ longest, outcomes, pouch: true },
    })
    await fc.assert(property, path === undefined ? { numRuns, seed } : { numRuns: 1, seed, path })
    if (path === undefined)
      expect(outcomes).to.include.keys('CREATED', 'UPDATED', 'CONFLICT', 'DUPLICATE', 'REJECTED')
  })
})
