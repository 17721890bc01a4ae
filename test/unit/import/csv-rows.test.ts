import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { CsvFile, type BrokenRow, type CsvOptions, type CsvRow } from '../../../server/import/csv-rows.ts'
import { ImportError } from '../../../server/import/errors.ts'
import { quirkyAnimals } from '../../support/csv-quirks.ts'

describe('import: rows of a CSV file', () => {
  let directory: string
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'vetspace-test-'))
  })
  after(() => rm(directory, { recursive: true }))

  const read = async (content: string | Buffer, options: CsvOptions = {}) => {
    const file = path.join(directory, 'file.csv')
    await writeFile(file, content)
    await using csv = await CsvFile.open(file, options)
    const rows: CsvRow[] = []
    const broken: BrokenRow[] = []
    for await (const batch of csv.batches()) {
      rows.push(...batch.rows)
      broken.push(...batch.broken)
    }
    return { header: csv.header, rows, broken, lines: broken.map(({ line }) => line) }
  }
  const cells = (rows: readonly CsvRow[]): string[][] => rows.map((row) => row.cells)

  it('reads commas, quotes and line ends inside of quotes, with either line end', async () => {
    for (const end of ['\n', '\r\n']) {
      const { header, rows } = await read(`\uFEFFa,b${end}"x, ""y""",2${end}"two${end}lines",3${end}4,5`)
      expect(header).to.deep.equal(['a', 'b'])
      expect(cells(rows)).to.deep.equal([
        ['x, "y"', '2'],
        ['two\nlines', '3'],
        ['4', '5'],
      ])
      expect(rows.map(({ line }) => line)).to.deep.equal([2, 3, 5])
    }
  })

  it('refuses a broken row alone and goes on with the next', async () => {
    const { rows, broken } = await read('a,b\n1,2\n"open,3\n4,5\n6\n7,8,9\n"x"y,10\nz"z",11\n12,13\n')
    expect(cells(rows)).to.deep.equal([
      ['1', '2'],
      ['4', '5'],
      ['12', '13'],
    ])
    expect(broken.map(({ line, text }) => [line, text])).to.have.deep.members([
      [3, '"open,3'],
      [5, '6'],
      [6, '7,8,9'],
      [7, '"x"y,10'],
      [8, 'z"z",11'],
    ])
    expect(broken.every(({ reason }) => /quote|columns/i.test(reason))).to.equal(true)
  })

  it('finds every broken row of a large file, whatever the batches', async () => {
    const { text, good, brokenLines } = quirkyAnimals({ rows: 3000, brokenEvery: 97 })
    for (const batchSize of [1, 10, 1000]) {
      const { rows, lines } = await read(text, { batchSize })
      expect(rows).to.have.length(good)
      expect(lines.sort((a, b) => a - b)).to.deep.equal(brokenLines)
    }
  })

  it('takes a quote that is never closed for one broken row, not for the rest of the file', async () => {
    const rest = Array.from({ length: 5000 }, (_, row) => `${row},x`).join('\n')
    const { rows, lines } = await read(`a,b\n"open,1\n${rest}\n`, { maxRecordLength: 10_000 })
    expect([rows.length, lines]).to.deep.equal([5000, [2]])
    const unbounded = await read(`a,b\n"open,1\n${rest}\n`)
    expect([unbounded.rows.length, unbounded.lines]).to.deep.equal([5000, [2]])
  })

  it('refuses an endless line and reads on behind it', async () => {
    const { rows, lines } = await read(`a,b\n1,2\n3,${'x'.repeat(900_000)}\n5,6\n`, { maxLineBytes: 1000 })
    expect([cells(rows), lines]).to.deep.equal([
      [
        ['1', '2'],
        ['5', '6'],
      ],
      [3],
    ])
    expect(rows.map(({ line }) => line)).to.deep.equal([2, 4])
  })

  it('refuses a line that is not UTF-8, and reads it where the encoding is named', async () => {
    const latin = Buffer.from('name,b\nZoë,1\nRex,2\n', 'latin1')
    const { rows, broken } = await read(latin)
    expect(cells(rows)).to.deep.equal([['Rex', '2']])
    expect(broken[0]?.reason).to.include('windows-1252')
    expect(cells((await read(latin, { encoding: 'windows-1252' })).rows)[0]).to.deep.equal(['Zoë', '1'])
    const utf16 = Buffer.from('\uFEFFname,b\r\nZoë 🐾,1\r\n', 'utf16le')
    expect(cells((await read(utf16)).rows)).to.deep.equal([['Zoë 🐾', '1']])
  })

  it('passes over blank rows, and reads semicolons and tabs', async () => {
    expect(cells((await read('a,b\n\n1,2\n,\n  \n,,,\n \t, \n')).rows)).to.deep.equal([['1', '2']])
    expect(cells((await read('a;b\n1,5;2\n')).rows)).to.deep.equal([['1,5', '2']])
    expect(cells((await read('a\tb\n1\t2\n')).rows)).to.deep.equal([['1', '2']])
  })

  it('says what is wrong with a file that has no header', async () => {
    for (const [content, reason] of [
      ['', /empty/],
      ['a,b\r1,2\r', /bare CR/],
      ['"a,b\n1,2', /cannot be read/],
    ] as const) {
      const failure = await read(content).catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(ImportError).with.property('message').that.matches(reason)
    }
  })
})
