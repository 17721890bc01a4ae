/** The importer without a server, on generated files with the quirks of the real ones. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import type { StoredDoc } from '../../sync/store/port.ts'
import { quirkyAnimals, quirkyPrices, type QuirkyFile } from '../support/csv-quirks.ts'
import { ImportProcess, importFiles, storedOf, withGroup } from '../support/import-process.ts'

/** What two runs must agree on: everything but when it was written. */
const content = (docs: readonly StoredDoc[]): object[] =>
  docs.map(({ _rev, createdAt: _, modifiedAt: __, ...fields }) => fields)

describe('import: without a server', () => {
  let directory: string
  let dirs = 0
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'vetspace-import-'))
  })
  after(() => rm(directory, { recursive: true }))

  const freshData = (): string => path.join(directory, `data-${(dirs += 1)}`)
  const save = async (name: string, { text }: Pick<QuirkyFile, 'text'>): Promise<string> => {
    const file = path.join(directory, name)
    await writeFile(file, text)
    return file
  }
  const at = (...args: string[]): string[] => [
    ...['--group', '1', '--site', '1', '--rejects', path.join(directory, 'rejects.csv')],
    ...args,
  ]

  it('takes every row that can be taken, and names the others', async () => {
    const data = freshData()
    const animals = quirkyAnimals({ rows: 2500, brokenEvery: 700 })
    const files = [
      '--animals',
      await save('a.csv', animals),
      '--price-list',
      await save('p.csv', quirkyPrices({ rows: 300 })),
    ]
    const { code, stdout, stderr } = await importFiles(data, ...at(...files))
    expect(code, stderr).to.equal(0)
    expect(stdout).to.include('2,503 rows read, 2,500 imported').and.to.include('300 rows read, 300 imported')
    expect(stdout)
      .to.match(/peak memory \d+ MB/)
      .and.to.match(/3 rows refused: .*rejects\.csv$/m)
    expect(stderr).to.include('name ← "Animal\'s Name"').and.to.include('not read: "License Issue Date"')
    const rejects = (await readFile(path.join(directory, 'rejects.csv'), 'utf8')).split('\r\n')
    expect(rejects[0]).to.match(/^\uFEFFfile,line,reason,License Issue Date,/)
    expect(rejects.slice(1, -1).map((line) => Number(line.split(',')[1]))).to.deep.equal(animals.brokenLines)
    const stored = await storedOf(data, 'animal')
    expect(stored).to.have.length(animals.good)
    expect((await storedOf(data, 'client')).length).to.equal(animals.good)
    expect(stored.map((doc) => doc['name'])).to.include.members([
      'Señor Bigotes',
      'Mr 🐾 Paws',
      'Jimmy Chew "Chewie"',
      null,
    ])
  })

  it('doubles nothing and keeps edits when it runs again, and has its indexes ready', async () => {
    const data = freshData()
    const prices = quirkyPrices({ rows: 40 })
    const files = at(
      '--animals',
      await save('b.csv', quirkyAnimals({ rows: 300 })),
      '--price-list',
      await save('p2.csv', prices),
    )
    await importFiles(data, ...files)
    const edited = await withGroup(data, async ({ db, index }) => {
      const since = index.since
      await index.catchUp()
      expect(index.since, 'the index was complete when the import ended').to.deep.equal(since)
      const [animal] = await db.range({ from: 'animal:', to: 'animal:\uffff', limit: 1 })
      if (!animal) throw new Error('no animal was imported')
      await db.write([{ ...animal, name: 'Edited in the app' }])
      return animal._id
    })
    await save('p2.csv', { text: prices.text.replace('0.10', '0.29') })
    const again = await importFiles(data, ...files)
    expect(again.stdout).to.include('300 rows read, 0 imported, 0 updated, 300 already there')
    expect(again.stdout).to.include('40 rows read, 0 imported, 1 updated, 39 already there')
    expect(again.stdout).to.match(/^0 rows refused$/m)
    const animals = await storedOf(data, 'animal')
    expect(animals).to.have.length(300)
    expect(animals.find(({ _id }) => _id === edited)?.['name']).to.equal('Edited in the app')
    expect(
      (await storedOf(data, 'treatmentCode')).find((doc) => doc['code'] === 'CODE0-0')?.['unitPrice'],
    ).to.equal(29)
  })

  it('lets a row that cannot be taken keep no later one of its code out', async () => {
    const data = freshData()
    const lines = quirkyPrices({ rows: 1 }).text.split('\r\n')
    const good = lines[1] ?? ''
    const bad = good.replace('0.10', 'dear')
    const text = [lines[0], bad, good, bad, good.replace('0.10', '0.20'), ''].join('\r\n')
    const file = await save('again.csv', { text })
    const { stdout } = await importFiles(data, ...at('--price-list', file))
    expect(stdout).to.include('4 rows read, 1 imported').and.to.include('3 rows refused')
    const [code] = await storedOf(data, 'treatmentCode')
    expect(code?.['unitPrice']).to.equal(10)
    const rejects = (await readFile(path.join(directory, 'rejects.csv'), 'utf8')).split('\r\n').slice(1, -1)
    expect(rejects.map((line) => /unitPrice|further up/.exec(line)?.[0])).to.deep.equal([
      'unitPrice',
      'unitPrice',
      'further up',
    ])
  })

  it('ends as a failure where no row of a file could be taken', async () => {
    const lines = quirkyPrices({ rows: 1 }).text.split('\r\n')
    const text = [lines[0], (lines[1] ?? '').replace('0.10', 'dear'), ''].join('\r\n')
    const files = ['--price-list', await save('dear.csv', { text })]
    const animals = ['--animals', await save('few.csv', quirkyAnimals({ rows: 3 }))]
    const { code, stdout } = await importFiles(freshData(), ...at(...files, ...animals))
    expect(stdout).to.include('1 row read, 0 imported').and.to.include('3 rows read, 3 imported')
    expect(code).to.equal(1)
  })

  it('leaves no rejects file where nothing was refused', async () => {
    const rejects = path.join(directory, 'none.csv')
    const args = ['--group', '1', '--site', '1', '--rejects', rejects, '--price-list']
    const { code } = await importFiles(freshData(), ...args, await save('p3.csv', quirkyPrices({ rows: 3 })))
    expect(code).to.equal(0)
    expect(await stat(rejects).catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ENOENT')
  })

  for (const signal of ['SIGKILL', 'SIGINT'] as const)
    it(`stopped by ${signal} and run again, it is as if it had run once`, async () => {
      const [stopped, whole] = [freshData(), freshData()]
      const files = at('--animals', await save('c.csv', quirkyAnimals({ rows: 14_000, brokenEvery: 5_000 })))
      const first = new ImportProcess(stopped, files)
      await first.printed(/rows\/s/)
      first.kill(signal)
      const { code, stdout } = await first.end()
      if (signal === 'SIGINT') {
        expect(code).to.equal(130)
        expect(stdout).to.include('Stopped before the end')
      }
      const taken = (await storedOf(stopped, 'animal')).length
      expect(taken).to.be.greaterThan(0).and.lessThan(14_000)
      const [again] = await Promise.all([importFiles(stopped, ...files), importFiles(whole, ...files)])
      const there = Number(/([\d,]+) already there/.exec(again.stdout)?.[1]?.replaceAll(',', ''))
      expect(there).to.equal(taken)
      for (const type of ['animal', 'client'])
        expect(content(await storedOf(stopped, type))).to.deep.equal(content(await storedOf(whole, type)))
    })

  it('says in one line what is wrong with what it was asked, and writes nothing', async () => {
    const data = freshData()
    const file = await save('d.csv', quirkyAnimals({ rows: 1 }))
    for (const [args, reason] of [
      [at('--animals', path.join(directory, 'nowhere.csv')), /nowhere\.csv cannot be read/],
      [at('--animals', file, '--column', 'name=Pet'), /no such column.*"Animal's Name"/],
      [at('--animals', file, '--column', 'pet=Species'), /no field "pet".*ownerLastName/],
      [['--group', '1', '--animals', file], /--site is missing/],
    ] as const) {
      const { code, stderr } = await importFiles(data, ...args)
      expect(code, stderr).to.equal(1)
      expect(stderr).to.match(reason)
      expect(stderr).not.to.include('    at ')
    }
    expect(await stat(data).catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ENOENT')
  })

  it('never overwrites another file with its rejects', async () => {
    const file = await save('e.csv', quirkyAnimals({ rows: 1 }))
    const precious = await save('precious.csv', { text: 'mine' })
    const args = ['--group', '1', '--site', '1', '--animals', file, '--rejects', precious]
    expect((await importFiles(freshData(), ...args)).stderr).to.include('will not be overwritten')
    expect(await readFile(precious, 'utf8')).to.equal('mine')
  })

  it('refuses a group that is not there, where there are others', async () => {
    const data = freshData()
    const file = await save('f.csv', quirkyAnimals({ rows: 1 }))
    await importFiles(data, ...at('--animals', file))
    const { code, stderr } = await importFiles(data, '--group', '7', '--site', '1', '--animals', file)
    expect([code, stderr]).to.deep.equal([1, '--group 7: there is no such group here; there are 1\n'])
  })
})
