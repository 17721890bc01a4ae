import { expect } from 'chai'
import { Progress, duration } from '../../../server/import/progress.ts'
import { summary } from '../../../server/import/summary.ts'

const output = (isTTY: boolean) => {
  const written: string[] = []
  return { written, isTTY, write: (text: string) => written.push(text) }
}

describe('import: progress', () => {
  it('shows rate and time left, a line a second at most', () => {
    let now = 0
    const out = output(false)
    const progress = new Progress({ output: out, now: () => now, label: 'a.csv', totalBytes: 1000 })
    for (const [at, bytes] of [
      [500, 10],
      [2000, 250],
      [2900, 300],
      [3000, 500],
    ] as const) {
      now = at
      progress.show({ rows: bytes * 40, bytes })
    }
    progress.end()
    expect(out.written).to.deep.equal([
      'a.csv: 25 %, 10,000 rows, 5,000 rows/s, 6 s left\n',
      'a.csv: 50 %, 20,000 rows, 6,667 rows/s, 3 s left\n',
    ])
  })

  it('rewrites one line on a terminal', () => {
    let now = 0
    const out = output(true)
    const progress = new Progress({ output: out, now: () => (now += 1000), label: 'a', totalBytes: 0 })
    progress.show({ rows: 1, bytes: 0 })
    progress.end()
    expect(out.written[0]).to.match(/^\ra: 100 %/)
    expect(out.written[1]).to.equal('\n')
  })

  it('says times as a person does', () => {
    expect([0, 59.4, 185, 7800].map(duration)).to.deep.equal(['0 s', '59 s', '3 min 05 s', '2 h 10 min'])
  })

  it('ends with the account of every row, and the rejects file only where there is one', () => {
    const file = { file: '/x/a.csv', rows: 12, imported: 9, updated: 0, present: 2, refused: 1 }
    const measured = { seconds: 2, peakBytes: 123e6, rejects: '/x/r.csv' }
    const text = summary({ files: [file], stopped: true }, measured)
    expect(text).to.include('a.csv: 12 rows read, 9 imported, 0 updated, 2 already there, 1 refused')
    expect(text).to.include('6 rows/s').and.to.include('123 MB').and.to.include('1 row refused: /x/r.csv')
    expect(text).to.include('Stopped')
    const clean = summary({ files: [{ ...file, refused: 0 }], stopped: false }, measured)
    expect(clean).to.match(/0 rows refused$/)
  })
})
