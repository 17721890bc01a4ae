import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { Occurrences } from '../../../server/import/occurrences.ts'

describe('import: occurrences', () => {
  it('counts the same in memory and spilled to disk, and leaves nothing behind', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-test-'))
    const keys = Array.from({ length: 4000 }, (_, at) => `key ${(at * at) % 701}`)
    const seen = new Map<string, number>()
    const expected = keys.map((key) => {
      seen.set(key, (seen.get(key) ?? 0) + 1)
      return seen.get(key)
    })
    for (const limit of [10, 300, 100_000]) {
      const counts: number[] = []
      {
        await using occurrences = new Occurrences({ limit, directory })
        for (let at = 0; at < keys.length; at += 100)
          counts.push(...(await occurrences.count(keys.slice(at, at + 100))))
        expect(await readdir(directory)).to.have.length(limit < 1000 ? 1 : 0)
      }
      expect(counts).to.deep.equal(expected)
      expect(await readdir(directory)).to.deep.equal([])
    }
    await rm(directory, { recursive: true })
  })
})
