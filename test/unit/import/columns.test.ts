import { expect } from 'chai'
import { fieldsIn, mapColumns } from '../../../server/import/columns.ts'
import { ImportError } from '../../../server/import/errors.ts'
import { animalsHeader, pricesHeader } from '../../support/csv-quirks.ts'

const mapped = (kind: 'animals' | 'prices', header: string, options: Record<string, string> = {}) => {
  const names = header.split(',')
  const columns = mapColumns(kind, names, new Map(Object.entries(options)))
  return Object.fromEntries(columns.map(({ field, at }) => [field, names[at]]))
}

describe('import: columns', () => {
  it('knows the columns of the real files as they are', () => {
    expect(mapped('animals', animalsHeader)).to.deep.equal({
      id: 'License Number',
      name: "Animal's Name",
      species: 'Species',
      breed: 'Primary Breed',
      secondaryBreed: 'Secondary Breed',
      ownerPostcode: 'ZIP Code',
    })
    expect(mapped('prices', pricesHeader)).to.deep.equal({
      code: 'code',
      name: 'name',
      kind: 'kind',
      unitPrice: 'unitPrice',
      fixedPrice: 'fixedPrice',
      sellingUnit: 'sellingUnit',
      drugSchedule: 'drugSchedule',
    })
  })

  it('maps by options before it maps by name, and leaves out what it is told to', () => {
    const columns = mapped('animals', 'Rufname,Name,Species,Email', { name: 'Rufname', ownerEmail: '' })
    expect(columns).to.deep.equal({ name: 'Rufname', species: 'Species' })
  })

  it('gives one column to one field, unless an option says otherwise', () => {
    expect(mapped('prices', 'code,name,group,price')).to.include({ kind: 'group', unitPrice: 'price' })
    const twice = mapped('animals', 'Pet,Kind', { name: 'Pet', notes: 'Pet', species: 'Kind' })
    expect(twice).to.deep.equal({ name: 'Pet', notes: 'Pet', species: 'Kind' })
  })

  it('names the fields and the columns that there are', () => {
    expect(() => mapped('animals', 'Pet,Kind', { nmae: 'Pet' })).to.throw(
      ImportError,
      /no such field.*microchip/,
    )
    expect(() => mapped('animals', 'Pet,Kind', { name: 'Pte' })).to.throw(ImportError, /"Pet", "Kind"/)
    expect(() => mapped('animals', 'Pet,Pet', { name: 'Pet' })).to.throw(ImportError, '2 columns')
    expect(() => mapped('prices', 'a,b')).to.throw(ImportError, /code, name, kind, unitPrice.*"a", "b"/)
  })

  it('leaves out empty values and trims the others', () => {
    const columns = mapColumns('animals', ['Pet', 'Species'], new Map())
    expect(fieldsIn(columns, ['  Rex ', '  '])).to.deep.equal({ name: 'Rex' })
  })
})
