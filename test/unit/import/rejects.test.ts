import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { ImportError } from '../../../server/import/errors.ts'
import { Rejects } from '../../../server/import/rejects.ts'

describe('the file of refused rows', () => {
  it('holds every row of a file in which nearly all are refused, and leaves no listener behind', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-rejects-'))
    const warnings: Error[] = []
    const warned = (warning: Error): unknown => warnings.push(warning)
    process.on('warning', warned)
    try {
      const file = path.join(directory, 'rejects.csv')
      const batches = 40
      {
        await using rejects = await Rejects.at(file)
        const source = { file: 'animals.csv', header: ['name'] }
        for (let batch = 0; batch < batches; batch += 1)
          await rejects.add(source, [{ line: batch + 2, reason: 'too long', cells: ['x'.repeat(100_000)] }])
      }
      await new Promise(setImmediate)
      expect((await readFile(file, 'utf8')).split('\r\n')).to.have.length(batches + 2)
      expect(warnings).to.deep.equal([])
    } finally {
      process.off('warning', warned)
      await rm(directory, { recursive: true, force: true })
    }
  })

  it('cannot be a directory', async () => {
    const failure = await Rejects.at(tmpdir()).catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(ImportError).with.property('message').that.contains('is a directory')
  })
})
