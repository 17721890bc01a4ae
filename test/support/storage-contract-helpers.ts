/** What the parts of the storage contract share. */
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FileStorage } from '../../uploads/storage/port.ts'

/** An adapter under test, and a look behind it: everything it holds, committed or not. */
export interface StorageUnderTest extends AsyncDisposable {
  storage: FileStorage
  held(): Promise<string[]>
}

/** What a promise rejects with. */
export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('it resolved'),
    (error: unknown) => error,
  )

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
export const text = 'Bramble, lateral view'
export const source = (bytes: Uint8Array | string): Readable => Readable.from([Buffer.from(bytes)])

export const keep = async (storage: FileStorage, groupId: number, bytes: Uint8Array | string) =>
  await (await storage.stage(groupId, source(bytes))).commit()
