/** The figures of a load. */
import { expect } from 'chai'
import { figuresOf, memoryFigures } from '../../load/drive/report.ts'

const minutes = (rss: (minute: number) => number) =>
  Array.from({ length: 300 }, (_, i) => ({
    seconds: i * 2 + 2,
    ownBytes: rss((i * 2 + 2) / 60),
    mappedBytes: 0,
  }))

describe('the figures of a load', () => {
  it('are percentiles by nearest rank', () => {
    const times = Array.from({ length: 200 }, (_, i) => i + 1).reverse()
    expect(figuresOf('x', times)).to.deep.equal({
      call: 'x',
      count: 200,
      p50: 100,
      p95: 190,
      p99: 198,
      max: 200,
    })
    expect(figuresOf('x', []).p99).to.equal(0)
  })

  it('call memory flat that grows at the beginning, or goes up and down', () => {
    const warmed = memoryFigures(minutes((minute) => (minute < 2 ? 100e6 * (1 + minute) : 300e6)))
    expect(warmed).to.include({ flat: true, growth: 0 })
    expect(warmed.bytesPerMinute).to.be.within(-1, 1)
    expect(memoryFigures(minutes((minute) => 300e6 + 60e6 * Math.sin(minute * 20))).flat).to.equal(true)
  })

  it('do not call it flat where it leaks', () => {
    const leaking = memoryFigures(minutes((minute) => 300e6 + 10e6 * minute))
    expect(leaking.flat).to.equal(false)
    expect(leaking.bytesPerMinute).to.be.closeTo(10e6, 1000)
  })
})
