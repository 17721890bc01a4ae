/** Schedules that random ones have come to, and that did not end well then: as short as they could be made. */
import * as fc from 'fast-check'
import { endsWell } from './sync/play.ts'
import type { Schedule } from './sync/schedule.ts'
import { openGround, serversHere, type Ground } from './sync/servers-here.ts'

const made = (device: number, what: 'animal' | 'client'): Schedule['steps'][number] => ({
  ...{ does: 'create' as const, by: 'library' as const, device, what },
  ...{ pick: 0, site: 0, day: 0 as const, slot: 0 },
})

/** What came of each, before it was mended. */
const schedules: Readonly<Record<string, Schedule>> = {
  'a record whose creation was taken unheard, and then refused for what was edited since, was gone from its device':
    {
      users: [[3], [3], [3]],
      steps: [
        made(1, 'animal'),
        {
          ...{ does: 'push', device: 1, server: 0, size: 1, order: 'asMeant', meanwhile: null },
          fates: [{ is: 'answerLost' }, { is: 'requestLost' }],
        },
        { does: 'pull', device: 1, servers: [0], limit: 1, torn: null },
        {
          ...{ does: 'edit', by: 'library', device: 1, collection: 'animals' },
          ...{ pick: 11, way: 5, value: null },
        },
      ],
    },
}

describe('Devices and two servers over one store', () => {
  let ground: Ground
  before(async () => void (ground = await openGround()))
  after(() => ground[Symbol.asyncDispose]())

  for (const [what, schedule] of Object.entries(schedules))
    it(`end the same where once ${what}`, async () => {
      const options = { longest: 30, outcomes: new Map<string, number>(), pouch: false }
      const property = endsWell((users) => Promise.resolve(serversHere(ground, users)), options)
      await fc.assert(property, { examples: [[schedule]], numRuns: 1 })
    })
})
