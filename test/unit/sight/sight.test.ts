/** What the server sees of itself, without a server. */
import { expect } from 'chai'
import { ClockWatch } from '../../../server/sight/clock-watch.ts'
import { ErrorRates } from '../../../server/sight/error-rate.ts'
import { hasRoom } from '../../../server/sight/sight.ts'
import { Lag } from '../../../sync/feed/lag.ts'

const minute = 60_000
const at = Date.UTC(2026, 10, 24)

describe('sight', () => {
  it('counts the errors of a group in the last five minutes, and forgets older ones', () => {
    const rates = new ErrorRates()
    for (let n = 0; n < 8; n += 1) rates.served(1, n === 0, at)
    rates.served(2, true, at)
    rates.served(undefined, true, at)
    expect(rates.of(1, at)).to.deep.equal({ windowMinutes: 5, requests: 8, errors: 1, rate: 0.125 })
    rates.served(1, false, at + 4 * minute)
    expect(rates.of(1, at + 4 * minute)).to.include({ requests: 9, errors: 1 })
    expect(rates.of(1, at + 5 * minute)).to.include({ requests: 1, errors: 0 })
    expect(rates.of(1, at + 60 * minute)).to.include({ requests: 0, errors: 0, rate: 0 })
    expect(rates.of(3, at)).to.include({ requests: 0 })
  })

  it('counts the same over hours of work', () => {
    const rates = new ErrorRates()
    for (let n = 0; n < 600; n += 1) rates.served(1, n % 2 === 0, at + n * minute)
    expect(rates.of(1, at + 599 * minute)).to.deep.include({ requests: 5, errors: 2 })
  })

  it('trusts a clock that goes as the steady one does, and none that was put or never set', () => {
    let [now, steady] = [at, 1000]
    const watch = new ClockWatch(
      () => now,
      () => steady,
    )
    now += 8 * 3_600_000
    steady += 8 * 3_600_000 + 5000
    expect(watch.state()).to.deep.equal({ ok: true, driftMs: -5000 })
    now += 2 * minute
    expect(watch.state()).to.include({ ok: false })
    expect(new ClockWatch(() => 1000).state()).to.include({ ok: false })
  })

  it('wants half a gigabyte of the disk, or a fiftieth where it is small', () => {
    expect(hasRoom({ freeBytes: 499e6, totalBytes: 100e9 })).to.equal(false)
    expect(hasRoom({ freeBytes: 500e6, totalBytes: 100e9 })).to.equal(true)
    expect(hasRoom({ freeBytes: 25e6, totalBytes: 1e9 })).to.equal(true)
    expect(hasRoom({ freeBytes: 0, totalBytes: 1e9 })).to.equal(false)
  })

  it('knows a follower of changes to be behind from the first change until it has followed, or failed to', async () => {
    const lag = new Lag()
    expect(lag.ms).to.equal(0)
    lag.notice()
    while (lag.ms === 0) await Promise.resolve()
    lag.begin()
    expect(lag.ms).to.be.above(0) // under way, or failed
    lag.notice()
    lag.end()
    while (lag.ms === 0) await Promise.resolve() // the second is not followed yet
    lag.begin()
    lag.end()
    expect(lag.ms).to.equal(0)
    lag.more()
    while (lag.ms === 0) await Promise.resolve()
    lag.end()
    expect(lag.ms).to.equal(0)
  })
})
