import { expect } from 'chai'
import {
  ORIGIN,
  entryStamp,
  isOrigin,
  originStamp,
  stampMoment,
  stampTime,
  successor,
} from '../../../sync/merge/clock.ts'
import { hash128, hashUuid } from '../../../sync/merge/hash.ts'
import { uuid } from '../../../sync/contract/fields.ts'
import { noon } from './merging.ts'

const entry = (over: Partial<Parameters<typeof entryStamp>[0]> = {}) =>
  entryStamp({ editedAt: noon, sentAt: noon, receivedAt: noon, seen: null, editId: 'edit 1', ...over })

describe('stamps', () => {
  it('are text of time, counter and edit', () => {
    expect(entry()).to.match(/^\d{13}-[0-9a-z]{4}-[0-9a-f]{12}$/)
    expect(stampTime(entry())).to.equal(noon)
  })

  it('are the same for the same edit and differ for two, also when both began in the same minute', () => {
    expect(entry()).to.equal(entry())
    const timeOrdered = (last: string) => entry({ editId: `0195e2a0-1111-7000-8000-00000000000${last}` })
    expect(timeOrdered('a')).not.to.equal(timeOrdered('b'))
  })

  it('take off the time that an edit waited on the device', () => {
    expect(stampTime(entry({ editedAt: noon - 60_000 }))).to.equal(noon - 60_000)
  })

  it('do not heed a device clock in 1970 or in 2099', () => {
    for (const year of ['1970-01-02T00:00:00Z', '2099-12-31T00:00:00Z']) {
      const sentAt = Date.parse(year)
      expect(entry({ sentAt, editedAt: sentAt - 60_000 })).to.equal(entry({ editedAt: noon - 60_000 }))
    }
  })

  it('take an edit made after it was sent as just sent', () => {
    expect(entry({ editedAt: noon + 86_400_000 })).to.equal(entry())
  })

  it('stand after what the edit had seen, whatever the clocks say', () => {
    const seen = entry({ receivedAt: noon + 5000, editId: 'edit 2' })
    const stamp = entry({ seen })
    expect(stamp > seen).to.equal(true)
    expect(stampTime(stamp)).to.equal(noon + 5000)
    expect(entry({ seen: entry({ receivedAt: noon - 5000 }) })).to.equal(entry())
  })

  it('keep their order when a counter overflows', () => {
    const full = `${String(noon)}-zzzz-000000000000`
    expect(successor(full, 'x') > full).to.equal(true)
    expect(stampTime(successor(full, 'x'))).to.equal(noon + 1)
  })

  it('sort after the origin, which has no time', () => {
    for (const stamp of [
      entry(),
      entry({ receivedAt: -5 }),
      entry({ receivedAt: 0 }),
      successor(ORIGIN, 'x'),
    ]) {
      expect(stamp > ORIGIN && stamp > originStamp('"ffff"')).to.equal(true)
      expect(isOrigin(stamp)).to.equal(false)
    }
    expect(stampTime(ORIGIN)).to.equal(null)
    expect(isOrigin(originStamp('1'))).to.equal(true)
    expect(stampMoment(ORIGIN)).to.equal('')
  })

  it('say their moment as text that sorts, also within one millisecond', () => {
    const [first, second] = [entry(), successor(entry(), 'x')]
    expect(stampMoment(first)).to.equal('2026-03-29T12:00:00.000')
    expect(stampMoment(second) > stampMoment(first)).to.equal(true)
    expect(stampMoment(successor(second, 'x')) > stampMoment(second)).to.equal(true)
  })

  it('of a resolver depend on the parent and the revision alone', () => {
    expect(successor(entry(), 'rev-a')).to.equal(successor(entry(), 'rev-a'))
    expect(successor(entry(), 'rev-a')).not.to.equal(successor(entry(), 'rev-b'))
    expect(successor(entry(), 'rev-a') > entry()).to.equal(true)
  })
})

describe('the hash', () => {
  it('has 128 bits, and no collision among 50,000 near texts', () => {
    const seen = new Set<string>()
    const halves = new Set<string>()
    for (let i = 0; i < 50_000; i++) {
      seen.add(hash128(`edit ${i}`))
      halves.add(hash128(`edit ${i}`).slice(0, 12))
    }
    expect([seen.size, halves.size]).to.deep.equal([50_000, 50_000])
    expect(hash128('')).to.match(/^[0-9a-f]{32}$/)
  })

  it('makes ids that the contract takes as UUIDs', () => {
    expect(uuid.safeParse(hashUuid('a')).success).to.equal(true)
    expect(hashUuid('a')).to.equal(hashUuid('a'))
  })
})
