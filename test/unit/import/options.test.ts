import path from 'node:path'
import { expect } from 'chai'
import { ImportError } from '../../../server/import/errors.ts'
import { readOptions, type ImportOptions } from '../../../server/import/options.ts'

const place = ['--group', '1', '--site', '2']
const read = (...args: string[]): ImportOptions => {
  const options = readOptions([...place, ...args])
  if (options === 'help') throw new Error('help was not asked for')
  return options
}
const columns = (options: ImportOptions, kind: string): [string, string][] => [
  ...(options.files.find((file) => file.kind === kind)?.columns ?? []),
]

describe('import: options', () => {
  it('reads the place, the files and their settings', () => {
    const options = read('--animals', 'a.csv', '--price-list', 'p.csv', '--currency', 'eur', '--vat', '700')
    expect(options).to.deep.include({
      groupId: 1,
      settings: { siteId: 2, system: 'licence', currency: 'EUR', vatRate: 700, dates: null },
      rejects: path.resolve('import-rejects.csv'),
      encoding: 'utf-8',
    })
    expect(options.files.map(({ kind, path: file }) => [kind, file])).to.deep.equal([
      ['prices', 'p.csv'],
      ['animals', 'a.csv'],
    ])
  })

  it('maps columns, one an option or several behind one', () => {
    const options = read('--animals', 'a', '--column', 'name=Pet name', 'notes=a=b', '--column', 'id=')
    expect(columns(options, 'animals')).to.have.deep.members([
      ['name', 'Pet name'],
      ['notes', 'a=b'],
      ['id', ''],
    ])
  })

  it('tells the columns of two files apart', () => {
    const options = read(
      '--animals',
      'a',
      '--price-list',
      'p',
      '--column',
      'name=Pet',
      'prices.name=Item',
      'code=No',
    )
    expect(columns(options, 'animals')).to.deep.equal([['name', 'Pet']])
    expect(columns(options, 'prices')).to.deep.equal([
      ['name', 'Item'],
      ['code', 'No'],
    ])
  })

  it('refuses what it cannot do, and says what there is', () => {
    const file = [...place, '--animals', 'a.csv']
    for (const [args, reason] of [
      [place, /nothing to import/],
      [['--animals', 'a.csv', '--site', '1'], /--group is missing/],
      [['--animals', 'a.csv', '--group', '1'], /--site is missing/],
      [['--group', '0', '--site', '1', '--animals', 'a.csv'], /--group/],
      [['--group', 'x', '--site', '1', '--animals', 'a.csv'], /whole number/],
      [[...file, '--colour', 'x'], /--colour/],
      [[...file, '--column', 'nmae=Pet'], /no field "nmae".*microchip/],
      [[...file, '--column', 'prices.name=Pet'], /no file of prices/],
      [[...file, '--column', 'name'], /field=header/],
      [[...file, '--column', 'name=a', '--column', 'name=b'], /twice/],
      [[...file, '--currency', 'pounds'], /--currency/],
      [[...file, '--vat', '20.5'], /--vat/],
      [[...file, '--dates', 'ymd'], /--dates/],
      [[...file, '--encoding', 'klingon'], /no such encoding/],
      [[...file, '--rejects', './a.csv'], /to be imported/],
    ] as const)
      expect(() => readOptions(args), args.join(' ')).to.throw(ImportError, reason)
  })
})
