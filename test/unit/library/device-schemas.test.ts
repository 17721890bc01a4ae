/** The schemas of the device's collections are those of their version: a device in the field has data under them. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { migrationsOf } from '../../../mobile-client-lib/src/local/migrations.ts'
import { localNames, schemaOf } from '../../../mobile-client-lib/src/local/schemas.ts'

const fixture = path.resolve(import.meta.dirname, '../../fixtures/device-schemas.json')

describe('The schemas of the device’s collections', () => {
  it('do not change without a version of their own', async () => {
    const released: unknown = JSON.parse(await readFile(fixture, 'utf8'))
    const present = Object.fromEntries(
      localNames.map((name) => {
        const { version, properties, indexes, required } = schemaOf(name)
        return [name, { version, indexes, required, properties }]
      }),
    )
    expect(
      present,
      'raise the version in schemas.ts, add its step to migrations.ts, then write this file anew',
    ).to.deep.equal(released)
  })

  it('have a step to each version', () => {
    for (const name of localNames)
      expect(Object.keys(migrationsOf(name)).length, name).to.equal(schemaOf(name).version)
  })
})
