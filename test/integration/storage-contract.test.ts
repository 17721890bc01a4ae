/** The file storages, each against the port's one contract suite. */
import { expect } from 'chai'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { startBucket, type TestBucket } from '../support/bucket.ts'
import { openS3Storage } from '../../uploads/storage/s3.ts'
import { openDiskStorage } from '../../uploads/storage/disk.ts'
import type { StorageUnderTest } from '../support/storage-contract-helpers.ts'
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

describe('file storage on disk', () => {
  it('keeps a file under its group and the SHA-256 of its bytes', async () => {
    await using disk = await openDisk()
    const staged = await disk.storage.stage(7, Readable.from([Buffer.from('abc')]))
    await staged.commit()
    const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(await disk.held()).to.deep.equal([`group-7/ba/78/${hash}`])
  })

  it('finds committed files again when it is opened anew', async () => {
    await using disk = await openDisk()
    const address = await (await disk.storage.stage(1, Readable.from([Buffer.from('abc')]))).commit()
    await disk.storage[Symbol.asyncDispose]()
    await using again = await openDiskStorage({ directory: disk.directory })
    expect(await again.stat(address)).to.deep.equal({ size: 3 })
  })
})
