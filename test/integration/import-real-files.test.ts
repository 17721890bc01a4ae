/** The importer on the real files, as they are. */
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { importFiles, storedOf } from '../support/import-process.ts'

const real = path.resolve(process.env['VETSPACE_DATA'] ?? '../shared/data')
const [animals, prices] = [path.join(real, 'registered-animals.csv'), path.join(real, 'price-list.csv')]

describe('import: the real files', () => {
  let data: string
  before(async function () {
    const missing = await Promise.all([access(animals), access(prices)]).catch((error: Error) => error)
    if (missing instanceof Error) {
      console.log(`    SKIPPED: the real files are not at ${real} (VETSPACE_DATA says where they are)`)
      this.skip()
    }
    data = await mkdtemp(path.join(tmpdir(), 'vetspace-import-'))
  })
  after(() => data && rm(data, { recursive: true }))

  it('takes all 40,000 animals and 854 codes, and again takes nothing', async () => {
    const args = ['--group', '1', '--site', '1', '--animals', animals, '--price-list', prices]
    const first = await importFiles(data, ...args)
    expect(first.stdout, first.stderr).to.include(
      '40,000 rows read, 40,000 imported, 0 updated, 0 already there',
    )
    expect(first.stdout)
      .to.include('854 rows read, 854 imported')
      .and.to.match(/^0 rows refused$/m)
    const again = await importFiles(data, ...args)
    expect(again.stdout).to.include('0 imported, 0 updated, 40,000 already there')
    expect(again.stdout).to.include('0 imported, 0 updated, 854 already there')
  })

  it('keeps names, breeds and licence numbers as they are in the file, and prices to the penny', async () => {
    const docs = await storedOf(data, 'animal')
    expect(docs).to.have.length(40_000)
    const licences = docs.map((doc) => (doc['externalIds'] as { value: string }[])[0]?.value)
    expect(licences.filter((value) => value === '133239')).to.have.length(3)
    expect(docs.filter((doc) => doc['name'] === null)).to.have.length(349)
    expect(docs.find((doc) => doc['name'] === 'Jimmy Chew "Chewie"')?.['breed']).to.equal('Bulldog, American')
    const codes = await storedOf(data, 'treatmentCode')
    expect(codes.filter((doc) => doc['unitPrice'] === 10)).to.have.length(209)
    expect(codes.find((doc) => doc['code'] === 'ACEP10')).to.include({
      kind: 'medication',
      drugSchedule: 'S4',
    })
  })
})
