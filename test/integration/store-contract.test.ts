import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import { describeStoreContract } from '../support/store-contract.ts'

describeStoreContract('LevelDB', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'vetspace-store-'))
  return {
    open: () => openLevelStore({ dataDir }),
    clean: () => rm(dataDir, { recursive: true, force: true }),
  }
})

const url = process.env['COUCHDB_URL']
if (url === undefined) {
  console.warn('SKIPPED: store contract on CouchDB (set COUCHDB_URL)')
  describe('The store contract on CouchDB', () => {
    it('is asked where COUCHDB_URL is set', function () {
      this.skip()
    })
  })
} else {
  describeStoreContract('CouchDB', async () => {
    const prefix = `contract-${randomUUID()}-`
    const open = () => openCouchStore({ url, prefix })
    const clean = async () => {
      await using store = await open()
      for (const name of await store.list()) await store.destroy(name)
    }
    return { open, clean }
  })
}
