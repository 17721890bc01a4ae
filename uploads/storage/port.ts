/**
 * The file storage port: all that the house may ask of whatever keeps the bytes of documents. A file is found by
 * the SHA-256 of its bytes, inside the group it belongs to; its name, type and owner are in the document record.
 *
 * What every adapter promises, and `test/support/storage-contract.ts` asks of each:
 * - nothing can be read under an address before `commit` has resolved, and then all of it can, also after a loss
 *   of power (I9);
 * - the same bytes committed twice, also at once, are stored once;
 * - what is not committed leaves nothing behind;
 * - one group's bytes cannot be reached through another group's address (I7);
 * - memory does not grow with the size of the file, and a slow disk slows the sender down.
 */
import type { Readable } from 'node:stream'

/** Where a file is: the group it belongs to and the SHA-256 of its bytes, 64 lower-case hex digits. */
export interface FileAddress {
  groupId: number
  sha256: string
}

/** Part of a file: both offsets inclusive, as in HTTP's `Range`. */
export interface ByteRange {
  start: number
  end?: number
}

/** Bytes that have arrived whole and are on disk, but not yet to be found. Disposing aborts what is not committed. */
export interface StagedFile extends AsyncDisposable {
  readonly sha256: string
  readonly size: number
  /** Opens the bytes, or a part of them, for looking at before they are committed. */
  open(range?: ByteRange): Promise<Readable>
  /** Makes the file readable under its address; resolves when that is on disk. Once only. */
  commit(): Promise<FileAddress>
  /** Throws the bytes away. Does nothing once committed or aborted. */
  abort(): Promise<void>
}

/** Names a file that arrives in pieces: the group it will belong to, and a UUID. */
export interface PartialKey {
  groupId: number
  id: string
}

/** What became of bytes that were added to a partial file: how many it holds now, and why no more came. */
export interface Appended {
  size: number
  /** The error of the source, where it failed; what had arrived before is kept. */
  broken?: unknown
}

/**
 * Files that arrive in pieces, over hours and over several servers that share the storage. Nobody but their sender
 * knows of them. One writer at a time: whoever uses them holds a lock.
 */
export interface PartialFiles {
  /** Makes an empty one. */
  create(key: PartialKey): Promise<void>
  /** Bytes that are held, or undefined where there is no such partial file. */
  size(key: PartialKey): Promise<number | undefined>
  /**
   * Adds bytes at `offset`, its size. When it resolves, what arrived is on disk. Rejects with FileMissing where the file
   * was taken over or removed meanwhile.
   */
  append(key: PartialKey, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<Appended>
  /** Puts the bytes out of reach of a writer that lost its lock without noticing; before anybody goes on with them. */
  takeOver(key: PartialKey): Promise<void>
  /** Forgets what is behind `size`. */
  truncate(key: PartialKey, size: number): Promise<void>
  /** The bytes of one, or of several in this order, as a staged file. The partial files stay until removed. */
  stage(groupId: number, keys: readonly PartialKey[]): Promise<StagedFile>
  remove(key: PartialKey): Promise<void>
}

/** A committed file, and when it was last committed (ms since the epoch). */
export interface StoredFile extends FileAddress {
  storedAt: number
}

export interface FileStorage extends AsyncDisposable {
  readonly partials: PartialFiles
  /**
   * Takes in a file of a group. Resolves when the last byte is on disk; where `bytes` fails, or the storage is
   * disposed meanwhile, rejects with that and keeps nothing.
   */
  stage(groupId: number, bytes: Readable | AsyncIterable<Uint8Array>): Promise<StagedFile>
  /** The file's size, or undefined where it is not stored. */
  stat(address: FileAddress): Promise<{ size: number } | undefined>
  /** Opens a file, or part of it, for reading; rejects with FileMissing where it is not stored. */
  open(address: FileAddress, range?: ByteRange): Promise<Readable>
  /** Removes a file that no record names any more; does nothing where it is not stored. */
  remove(address: FileAddress): Promise<void>
  /** Removes a file unless it was committed (again) since `before`, ms since the epoch. Whether it did. */
  removeOlder(address: FileAddress, before: number): Promise<boolean>
  /** Throws away what crashes left of files that were arriving before this time, ms since the epoch. */
  sweepArriving(before: number): Promise<void>
  /** Every committed file, in no order. */
  list(): AsyncIterable<StoredFile>
}

/** There is no such file. */
export class FileMissing extends Error {
  override readonly name = 'FileMissing'
}

/** The storage has been disposed, or the staged file was committed or aborted before. */
export class StorageClosed extends Error {
  override readonly name = 'StorageClosed'
}
