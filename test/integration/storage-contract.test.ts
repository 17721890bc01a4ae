/** The file storages, each against the port's one contract suite. */
import { expect } from 'chai'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { StoreUnavailable, type Store } from '../../sync/store/port.ts'
import { CouchFiles } from '../../uploads/storage/couch-files.ts'
import { SmallInCouch } from '../../uploads/storage/small-in-couch.ts'
import { startBucket, type TestBucket } from '../support/bucket.ts'
import { openS3Storage } from '../../uploads/storage/s3.ts'
import { openDiskStorage } from '../../uploads/storage/disk.ts'
import { FileMissing } from '../../uploads/storage/port.ts'
import { keep, rejection, type StorageUnderTest } from '../support/storage-contract-helpers.ts'
import { describeFileStorage } from '../support/storage-contract.ts'

/** Paths of all files below a directory, relative to it. */
const filesIn = async (directory: string): Promise<string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name).slice(directory.length + 1))
}

const openDisk = async (): Promise<StorageUnderTest & { directory: string }> => {
  const directory = await mkdtemp(join(tmpdir(), 'vetspace-files-'))
  const storage = await openDiskStorage({ directory })
  return {
    directory,
    storage,
    held: () => filesIn(directory),
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

describeFileStorage('disk', openDisk)

describe('with a bucket', () => {
  let bucket: TestBucket
  before(async () => {
    bucket = await startBucket()
  })
  after(() => bucket[Symbol.asyncDispose]())

  const openS3 = async (): Promise<StorageUnderTest> => {
    const directory = await mkdtemp(join(tmpdir(), 'vetspace-s3-'))
    await bucket.empty()
    const storage = await openS3Storage({ url: bucket.url, directory })
    return {
      storage,
      held: async () => [...(await filesIn(directory)), ...(await bucket.keys())],
      async [Symbol.asyncDispose]() {
        await storage[Symbol.asyncDispose]()
        await rm(directory, { recursive: true, force: true })
      },
    }
  }
  describeFileStorage('S3', openS3)
})

const couchUrl = process.env['COUCHDB_URL']

describe('with CouchDB', () => {
  if (couchUrl === undefined) {
    it('is asked where COUCHDB_URL is set', function () {
      console.log('      skipped: COUCHDB_URL is not set')
      this.skip()
    })
    return
  }
  // The suite's groups, in databases of its own.
  const prefix = `storage-${randomUUID()}-`
  const groups = [1, 2]
  let databases: Store
  before(async () => {
    databases = await openCouchStore({ url: couchUrl, prefix })
  })
  beforeEach(async () => {
    for (const id of groups) await databases.database(`group-${id}`)
  })
  afterEach(async () => {
    for (const id of groups) await databases.destroy(`group-${id}`)
  })
  after(() => databases[Symbol.asyncDispose]())

  const couchFiles = () =>
    new CouchFiles({
      ...{ url: couchUrl, databaseOf: (id: number) => `${prefix}group-${id}` },
      groups: () => Promise.resolve(groups),
    })
  const openCouch = async (limit: number): Promise<StorageUnderTest> => {
    const disk = await openDisk()
    const couch = couchFiles()
    const kept = async () => {
      const found = []
      for await (const { sha256: hash } of couch.list()) found.push(hash)
      return found
    }
    return {
      storage: new SmallInCouch({ couch, others: disk.storage, limit }),
      held: async () => [...(await disk.held()), ...(await kept())],
      [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
    }
  }
  describeFileStorage('small files in CouchDB', () => openCouch(8_000_000))

  it('keeps the small there and the others elsewhere, and finds all when the limit is another', async () => {
    await using under = await openCouch(100)
    const [small, large] = [randomBytes(100), randomBytes(101)]
    const addresses = [await keep(under.storage, 1, small), await keep(under.storage, 1, large)]
    const couch = couchFiles()
    expect(await Promise.all(addresses.map((address) => couch.size(address)))).to.deep.equal([100, undefined])
    for (const limit of [0, 1000]) {
      const other = new SmallInCouch({ couch, others: under.storage, limit })
      for (const [i, bytes] of [small, large].entries())
        expect(await buffer(await other.open(addresses[i] ?? expect.fail()))).to.deep.equal(bytes)
    }
  })

  it('of a database that replicates keeps a file with it', async () => {
    await using under = await openCouch(100_000)
    const bytes = randomBytes(50_000)
    const { sha256: hash } = await keep(under.storage, 1, bytes)
    const { username, password, origin } = new URL(couchUrl)
    const ask = async (path: string, method: string, body?: object) =>
      await fetch(`${origin}/${path}`, {
        ...{ method, ...(body ? { body: JSON.stringify(body) } : {}) },
        headers: {
          'Content-Type': 'application/json',
          Authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`,
        },
      })
    const target = `${prefix}copy`
    const urlOf = (db: string) => new URL(db, couchUrl).href
    try {
      const copied = await ask('_replicate', 'POST', {
        ...{ source: urlOf(`${prefix}group-1`), target: urlOf(target), create_target: true },
      })
      expect(copied.status).to.equal(200)
      const there = await ask(`${target}/file%3A${hash}/bytes`, 'GET')
      expect(Buffer.from(await there.arrayBuffer())).to.deep.equal(bytes)
    } finally {
      await ask(target, 'DELETE')
    }
  })

  it('answers that the store is away, and tells no credentials, where CouchDB is', async () => {
    const url = 'http://admin:secret@127.0.0.1:1/'
    const couch = new CouchFiles({ url, databaseOf: () => 'x', groups: () => Promise.resolve([]) })
    const error = await rejection(couch.size({ groupId: 1, sha256: 'a'.repeat(64) }))
    expect(error).to.be.instanceOf(StoreUnavailable)
    expect(inspect(error, { depth: 5 })).not.to.contain('secret')
  })
})

describe('file storage on disk', () => {
  it('keeps a file under its group and the SHA-256 of its bytes', async () => {
    await using disk = await openDisk()
    const staged = await disk.storage.stage(7, Readable.from([Buffer.from('abc')]))
    await staged.commit()
    const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(await disk.held()).to.deep.equal([`group-7/ba/78/${hash}`])
  })

  it('lets a writer that lost its turn reach nothing that was taken over, or became a file', async () => {
    await using disk = await openDisk()
    const { storage } = disk
    const { partials } = storage
    const key = { groupId: 1, id: randomUUID() }
    await partials.create(key)
    const [first, late, rest] = [randomBytes(1000), Buffer.alloc(500, 'x'), randomBytes(2000)]
    let stir: () => void = () => undefined
    const asleep = new Promise<void>((resolve) => {
      stir = resolve
    })
    const stopped = async function* () {
      yield first
      await asleep
      yield late
    }
    const lost = rejection(partials.append(key, 0, stopped()))
    while ((await partials.size(key)) !== 1000) await new Promise(setImmediate)
    await partials.takeOver(key)
    expect(await partials.append(key, 1000, Readable.from([rest]))).to.deep.equal({ size: 3000 })
    const staged = await partials.stage(1, [key])
    const address = await staged.commit()
    await partials.remove(key)
    stir()
    expect(await lost).to.be.instanceOf(FileMissing)
    expect(await buffer(await storage.open(address))).to.deep.equal(Buffer.concat([first, rest]))
  })

  it('finds committed files again when it is opened anew', async () => {
    await using disk = await openDisk()
    const address = await (await disk.storage.stage(1, Readable.from([Buffer.from('abc')]))).commit()
    await disk.storage[Symbol.asyncDispose]()
    await using again = await openDiskStorage({ directory: disk.directory })
    expect(await again.stat(address)).to.deep.equal({ size: 3 })
  })
})
