import { expect } from 'chai'
import type { NewLeaf } from '../../../sync/store/port.ts'
import { revAt } from './helpers.ts'
import type { Subject } from './subject.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const file = (text: string, content_type = 'application/octet-stream') => ({
  content_type,
  data: bytes(text),
})
const stub = { stub: true } as const

/** The bytes of documents: attachments. */
export function describeAttachments(subject: Subject): void {
  describe('of attachments', () => {
    const read = async (id: string, rev: string, name: string): Promise<string | undefined> => {
      const found = await subject.db.attachment(id, rev, name)
      return found && Buffer.from(found.data).toString('latin1')
    }
    const written = async (doc: Parameters<typeof subject.db.write>[0][number]): Promise<string> => {
      const [result] = await subject.db.write([doc])
      if (!result?.ok) throw new Error(`Not written: ${String(result?.reason)}`)
      return result.rev
    }

    it('bytes come back as they were, by the document and the revision', async () => {
      const all = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256))
      const names = {
        'a/b ä.txt': file('þÿ\0x', 'text/plain'),
        'big.bin': { content_type: 'a/b', data: all },
      }
      const rev = await written({ _id: 'a', n: 1, _attachments: names })
      expect(await read('a', rev, 'a/b ä.txt')).to.equal('þÿ\0x')
      expect(Buffer.compare((await subject.db.attachment('a', rev, 'big.bin'))?.data ?? all, all)).to.equal(0)
      const { _attachments, ...doc } = (await subject.db.get('a')) ?? {}
      expect(doc).to.deep.equal({ _id: 'a', _rev: rev, n: 1 })
      expect(_attachments?.['big.bin']).to.include({
        content_type: 'a/b',
        length: 70_000,
        revpos: 1,
        ...stub,
      })
      expect(_attachments?.['big.bin']?.digest).to.match(/^md5-/)
      expect((await subject.db.leaves('a'))[0]?.doc._attachments).to.deep.equal(_attachments)
      for (const [id, at, name] of [
        ['a', rev, 'none'],
        ['a', revAt('1'), 'big.bin'],
        ['b', rev, 'big.bin'],
        ['a', rev, '__proto__'],
      ] as const)
        expect(await read(id, at, name), `${id} ${at} ${name}`).to.equal(undefined)
    })

    it('a stub keeps what the replaced revision has; without one the attachment is gone', async () => {
      const first = await written({ _id: 'a', _attachments: { kept: file('1'), gone: file('2') } })
      const second = await written({ _id: 'a', _rev: first, _attachments: { kept: stub, more: file('3') } })
      expect(await read('a', second, 'kept')).to.equal('1')
      expect(await read('a', second, 'gone')).to.equal(undefined)
      const now = (await subject.db.get('a'))?._attachments
      expect([now?.['kept']?.revpos, now?.['more']?.revpos]).to.deep.equal([1, 2])
      const third = await written({ _id: 'a', _rev: second, x: 1 })
      expect(await subject.db.get('a')).to.deep.equal({ _id: 'a', _rev: third, x: 1 })
    })

    it('a stub of nothing harms its own document only', async () => {
      const results = await subject.db.write([
        { _id: 'a', _attachments: { x: stub } },
        { _id: 'b', _attachments: { x: file('1') } },
        { _id: 'c' },
      ])
      expect(results[0]).to.deep.equal({ ok: false, id: 'a', reason: 'missing_stub' })
      expect(results.slice(1).map(({ ok }) => ok)).to.deep.equal([true, true])
      expect(await subject.db.get('a')).to.equal(undefined)
    })

    it('other bytes make another revision, the same ones the same', async () => {
      const revs = await Promise.all(
        ['1', '1', '2'].map((text, n) => written({ _id: `a${n}`, _attachments: { x: file(text) } })),
      )
      expect(revs[0]).to.equal(revs[1]).and.not.equal(revs[2])
    })

    it('each leaf has its own, and they outlive being opened again', async () => {
      const leaf = (hash: string, text: string): NewLeaf => ({
        doc: { _id: 'a', _rev: `1-${hash}`, _attachments: { x: { ...file(text), revpos: 1 } } },
        revisions: { start: 1, ids: [hash] },
      })
      await subject.db.writeRevisions([leaf('aa', 'one'), leaf('bb', 'two')])
      await subject.reopen()
      expect([await read('a', '1-aa', 'x'), await read('a', '1-bb', 'x')]).to.deep.equal(['one', 'two'])
      await written({ _id: 'a', _rev: '1-aa', _deleted: true })
      expect(await read('a', '1-bb', 'x')).to.equal('two')
    })
  })
}
