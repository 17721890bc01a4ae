import { expect } from 'chai'
import type { z } from 'zod'
import {
  blockReference,
  cancellationReasonReference,
  practitionerReference,
  reasonReference,
  siteReference,
} from '../../sync/contract/reference.ts'
import { seedDemo } from '../../server/demo/seed.ts'
import { startServer, type TestServer } from '../support/server.ts'

const shapes: Record<string, z.ZodType> = {
  site: siteReference,
  practitioner: practitionerReference,
  reason: reasonReference,
  cancellationReason: cancellationReasonReference,
  block: blockReference,
}

describe('The reference documents of the demo', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ clock: { now: Date.parse('2026-06-15T08:00:00Z') } })
  })
  after(async () => await server[Symbol.asyncDispose]())
  const db = async () => (await server.context.groups.get(1)).db
  const all = async () => await (await db()).range({ from: 'reference:', to: 'reference:\uffff' })

  it('are as the rules of bookings read them, and of every kind that those know', async () => {
    const kinds = new Set<string>()
    for (const doc of await all()) {
      const kind = String(doc['kind'])
      kinds.add(kind)
      expect(shapes[kind]?.safeParse(doc).error, doc._id).to.equal(undefined)
    }
    expect([...kinds]).to.include.members(Object.keys(shapes))
  })

  it('gain what those of an earlier demo lack, and keep what somebody changed', async () => {
    const site = await (await db()).get('reference:site:1')
    if (!site) throw new Error('The demo has no site 1')
    const { breaks, exceptions, onlineBooking, ...earlier } = site
    expect(breaks).to.be.an('array').that.is.not.empty
    await (await db()).write([{ ...earlier, _id: site._id, name: 'Hillside Hospital' }])
    await seedDemo(server.context)
    const now = await (await db()).get('reference:site:1')
    expect(now).to.deep.include({ name: 'Hillside Hospital', breaks, exceptions, onlineBooking })
    await seedDemo(server.context)
    expect((await (await db()).get('reference:site:1'))?._rev).to.equal(now?._rev)
  })
})
