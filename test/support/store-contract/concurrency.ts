import { expect } from 'chai'
import type { Subject } from './subject.ts'
import { allChanges, put, revOf } from './helpers.ts'

const WRITERS = 50
const ROUNDS = 15

/** What writers do to each other. */
export function describeConcurrency(subject: Subject): void {
  describe('of many writers at one time', () => {
    it('exactly one replaces a revision, round after round', async () => {
      let rev = await put(subject.db, { _id: 'slot', writer: -1 })
      for (let round = 1; round <= ROUNDS; round++) {
        const attempts = Array.from({ length: WRITERS }, (_, writer) =>
          subject.db.write([{ _id: 'slot', _rev: rev, writer, round }]),
        )
        const results = (await Promise.all(attempts)).flat()
        const winners = results.flatMap((result, writer) => (result.ok ? [writer] : []))
        expect(winners, `round ${round}`).to.have.length(1)
        rev = revOf(results[winners[0] ?? -1])
        expect(await subject.db.get('slot')).to.deep.equal({
          _id: 'slot',
          _rev: rev,
          writer: winners[0],
          round,
        })
      }
      expect(await subject.db.leaves('slot')).to.have.length(1)
    })

    it('exactly one creates a document', async () => {
      const attempts = Array.from({ length: WRITERS }, (_, writer) =>
        subject.db.write([{ _id: 'new', writer }]),
      )
      const results = (await Promise.all(attempts)).flat()
      expect(results.filter(({ ok }) => ok)).to.have.length(1)
      expect(await subject.db.get('new')).to.include({ writer: results.findIndex(({ ok }) => ok) })
    })

    it('each has its own answer, and everything acknowledged is there', async () => {
      const calls = Array.from({ length: 300 }, (_, call) =>
        subject.db.write(
          Array.from({ length: 1 + (call % 4) }, (_unused, n) => ({ _id: `d:${call}:${n}`, call })),
        ),
      )
      const results = await Promise.all(calls)
      for (const [call, answers] of results.entries()) {
        expect(answers.map(({ id }) => id)).to.deep.equal(answers.map((_, n) => `d:${call}:${n}`))
      }
      const ids = results.flat().map((result) => `${result.id} ${revOf(result)}`)
      const changes = await allChanges(subject.db)
      expect(new Set(changes.map(({ id, rev }) => `${id} ${rev}`))).to.deep.equal(new Set(ids))
      expect(changes).to.have.length(ids.length)
    })

    it('who read, change and write again until they win, each count once', async () => {
      await put(subject.db, { _id: 'counter', n: 0 })
      const increment = async (): Promise<void> => {
        const doc = await subject.db.get('counter')
        const [result] = await subject.db.write([{ ...doc, _id: 'counter', n: Number(doc?.['n']) + 1 }])
        if (!result?.ok) await increment()
      }
      await Promise.all(Array.from({ length: 12 }, increment))
      expect(await subject.db.get('counter')).to.include({ n: 12 })
    })
  })
}
