import { expect } from 'chai'
import fc from 'fast-check'
import { fromColumns, toColumns } from '../../../sync/contract/columns.ts'
import type { PullResponse } from '../../../sync/contract/pull.ts'

const checkpoint = { token: 'here' }
const values = fc.oneof(fc.jsonValue(), fc.constant(null), fc.array(fc.integer()))
const documents: fc.Arbitrary<PullResponse['documents']> = fc.uniqueArray(
  fc
    .tuple(
      fc.uuid(),
      fc.boolean(),
      fc.dictionary(fc.constantFrom('name', 'notes', 'siteIds', 'a"b', 'constructor', '__proto__'), values),
    )
    .map(([id, _deleted, rest]) => ({ ...rest, id, _deleted })),
  { selector: ({ id }) => id, maxLength: 30 },
)
const byId = (docs: readonly { id: string }[]) => [...docs].sort((a, b) => (a.id < b.id ? -1 : 1))

describe('A page by columns', () => {
  it('says the same as a page of documents', () => {
    fc.assert(
      fc.property(documents, (given) => {
        const sent: unknown = JSON.parse(JSON.stringify(toColumns({ documents: given, checkpoint })))
        const come = fromColumns(sent)
        expect(come?.checkpoint).to.deep.equal(checkpoint)
        const plain = JSON.parse(JSON.stringify(given)) as typeof given
        expect(byId(come?.documents ?? [])).to.deep.equal(byId(plain))
      }),
    )
  })

  it('is no page where a column is shorter than another, a name has no column, or there are no ids', () => {
    const table = (fields: string[], columns: unknown[][]) => ({ tables: [{ fields, columns }], checkpoint })
    expect(fromColumns(table(['id', 'name'], [['a', 'b'], ['x']]))).to.equal(undefined)
    expect(fromColumns(table(['id', 'name'], [['a']]))).to.equal(undefined)
    expect(fromColumns(table(['name'], [['a']]))).to.equal(undefined)
    expect(fromColumns({ documents: [], checkpoint })).to.equal(undefined)
    expect(fromColumns({ tables: [] })).to.equal(undefined)
    for (const body of [
      null,
      'x',
      { tables: [null], checkpoint },
      { tables: [{ fields: ['id'] }], checkpoint },
    ])
      expect(fromColumns(body), JSON.stringify(body)).to.equal(undefined)
    expect(fromColumns({ tables: [], checkpoint })?.documents).to.deep.equal([])
  })
})
