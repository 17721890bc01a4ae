import { expect } from 'chai'
import { createRxDatabase, type RxCollection, type RxDatabase } from 'rxdb'
import { replicateCouchDB } from 'rxdb/plugins/replication-couchdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { firstValueFrom } from 'rxjs'
import { filter } from 'rxjs/operators'
import { startOpenReplication, type OpenReplication } from '../support/open-replication.ts'

interface Animal {
  id: string
  name: string
}

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 100 }, name: { type: 'string' } },
  required: ['id', 'name'],
} as const

describe("RxDB's replicateCouchDB", () => {
  let server: OpenReplication
  const databases: RxDatabase[] = []
  const collection = async (): Promise<RxCollection<Animal>> => {
    const name = `rx-${databases.length}`
    const db = await createRxDatabase({ name, storage: getRxStorageMemory(), multiInstance: false })
    databases.push(db)
    const { animals } = await db.addCollections({ animals: { schema } })
    return animals
  }
  const replicate = (animals: RxCollection<Animal>, live: boolean) =>
    replicateCouchDB<Animal>({
      replicationIdentifier: `couch-${databases.length}`,
      collection: animals,
      url: `${server.url}/animals/`,
      live,
      retryTime: 200,
      waitForLeadership: false,
      pull: { batchSize: 20 },
      push: { batchSize: 20 },
    })
  const named = (animals: RxCollection<Animal>, id: string, name: string) =>
    firstValueFrom(animals.findOne(id).$.pipe(filter((doc) => doc?.name === name)))

  before(async () => {
    server = await startOpenReplication()
    await server.request('/animals', { method: 'PUT' })
  })
  after(async () => {
    for (const db of databases) await db.close()
    expect(server.faults).to.deep.equal([])
    await server[Symbol.asyncDispose]()
  })

  it('pushes and pulls once, in batches', async () => {
    const [one, two] = [await collection(), await collection()]
    await one.bulkInsert(Array.from({ length: 90 }, (_, at) => ({ id: `a${at}`, name: `n${at}` })))
    const pushing = replicate(one, false)
    await pushing.awaitInitialReplication()
    const pulling = replicate(two, false)
    await pulling.awaitInitialReplication()
    expect(await two.count().exec()).to.equal(90)
    expect((await two.findOne('a77').exec())?.name).to.equal('n77')
  })

  it('edits, deletes and hears of both live', async () => {
    const [one, two] = [await collection(), await collection()]
    const running = [replicate(one, true), replicate(two, true)]
    const errors: unknown[] = []
    for (const replication of running) replication.error$.subscribe((error) => errors.push(error))
    for (const replication of running) await replication.awaitInitialReplication()
    const animal = await one.insert({ id: 'live', name: 'Rex' })
    await named(two, 'live', 'Rex')
    await animal.incrementalPatch({ name: 'Bello' })
    await named(two, 'live', 'Bello')
    await (await two.findOne('live').exec(true)).remove()
    await firstValueFrom(one.findOne('live').$.pipe(filter((doc) => doc === null)))
    for (const replication of running) await replication.cancel()
    expect(errors).to.deep.equal([])
  })
})
