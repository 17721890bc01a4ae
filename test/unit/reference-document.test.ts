/** What the reference page shows is the OpenAPI document, in the terms of OpenAPI 3.0. */
import { expect } from 'chai'
import { inOpenApi30, referenceDocument } from '../../server/docs/reference-document.ts'
import { openApiDocument } from '../../server/openapi/document.ts'

type Fields = Record<string, unknown>

/** Every object below `part`, but for what stands in examples and lists of values. */
const objectsIn = (part: unknown): Fields[] => {
  if (Array.isArray(part)) return part.flatMap(objectsIn)
  if (typeof part !== 'object' || part === null) return []
  const schemas = Object.entries(part).filter(([key]) => !['example', 'examples', 'enum'].includes(key))
  return [part as Fields, ...schemas.flatMap(([, value]) => objectsIn(value))]
}

describe('the document of the reference page', () => {
  it('says what may be null as OpenAPI 3.0 does', () => {
    const text = { type: 'string', maxLength: 5 }
    expect(inOpenApi30({ type: ['string', 'null'], maxLength: 5 })).to.deep.equal({ ...text, nullable: true })
    expect(inOpenApi30({ anyOf: [text, { type: 'null' }], description: 'D' })).to.deep.equal({
      ...{ ...text, description: 'D', nullable: true },
    })
    expect(inOpenApi30({ anyOf: [{ $ref: '#/a' }, { type: 'null' }] })).to.deep.equal({
      ...{ anyOf: [{ $ref: '#/a' }], nullable: true },
    })
    expect(inOpenApi30({ type: ['string', 'integer'] })).to.deep.equal({
      anyOf: [{ type: 'string' }, { type: 'integer' }],
    })
  })

  it('has a file for bytes, and a list of one for a value that is always the same', () => {
    expect(inOpenApi30({ type: 'string', contentMediaType: 'application/octet-stream' })).to.deep.equal({
      ...{ type: 'string', format: 'binary' },
    })
    expect(inOpenApi30({ const: null })).to.deep.equal({ enum: [null] })
  })

  it('leaves examples as they are', () => {
    const example = { type: ['a', 'null'], const: 1 }
    expect(inOpenApi30({ example })).to.deep.equal({ example })
  })

  it('has every operation of the API, and nothing that OpenAPI 3.0 does not know', () => {
    const operations = (document: object): string[] =>
      objectsIn(document).flatMap(({ operationId }) => (typeof operationId === 'string' ? [operationId] : []))
    const document = referenceDocument()
    expect(operations(document)).to.deep.equal(operations(openApiDocument())).and.not.to.be.empty
    for (const object of objectsIn(document)) {
      expect(object).not.to.have.any.keys('const', 'propertyNames', 'contentMediaType')
      expect(object['type'], JSON.stringify(object)).not.to.satisfy(Array.isArray).and.not.to.equal('null')
    }
  })
})
