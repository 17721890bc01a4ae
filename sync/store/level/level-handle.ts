import { mkdir, open, rm, statfs, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { StoreUnavailable } from '../port.ts'
import { StoreLocked } from './store-locked.ts'
import { keys, parseRecord, type Counters } from './records.ts'

/** A LevelDB of text by text. */
export type Level = ClassicLevel<string, string>
/** Makes a LevelDB for a directory; a test's own may fail at will. */
export type MakeLevel = (directory: string) => Level

const WRITE_BUFFER = 8 * 1024 * 1024
/** Two buffers and what is made of them. */
const ROOM = 4 * WRITE_BUFFER
const empty: Counters = { format: 1, docCount: 0, updateSeq: 0 }

/** LevelDB as the store uses it. */
export function makeLevel(directory: string): Level {
  return new ClassicLevel<string, string>(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'utf8',
    cacheSize: 16 * 1024 * 1024,
    writeBufferSize: WRITE_BUFFER,
  })
}

/** Makes the entries of a directory durable: a new name in it is lost with the power otherwise. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Opens a LevelDB; says in words of the store what hinders. */
export async function openLevel(directory: string, make: MakeLevel): Promise<Level> {
  await mkdir(directory, { recursive: true })
  await syncDirectory(dirname(directory))
  const level = make(directory)
  try {
    await level.open()
    return level
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    if (reason instanceof Error && 'code' in reason && reason.code === 'LEVEL_LOCKED') {
      throw new StoreLocked(directory, { cause })
    }
    throw new StoreUnavailable(`The embedded store in ${directory} does not open.`, { cause })
  }
}

/**
 * An open LevelDB with its counters. After a failed write LevelDB is not written to again as it is: its log may end in
 * half a record, behind which later ones would be lost. It is closed, which drops the half, and opened anew.
 */
export class LevelHandle {
  readonly directory: string
  readonly #make: MakeLevel
  #level: Level | undefined
  #opening: Promise<Level> | undefined
  #failed = false
  counters: Counters = empty

  constructor(directory: string, make: MakeLevel) {
    this.directory = directory
    this.#make = make
  }

  /** Whether the last write failed. */
  get failed(): boolean {
    return this.#failed
  }

  /** For reading: what a full disk has stopped can still be read. */
  readable(): Level | Promise<Level> {
    return this.#level ?? this.#open()
  }

  /** For writing: after a failure, a LevelDB opened anew. */
  async writable(): Promise<Level> {
    if (this.#failed && this.#level) {
      await this.#probe()
      const broken = this.#level
      this.#level = undefined
      await broken.close()
    }
    return this.#level ?? this.#open()
  }

  /** To be called when a write failed. */
  fail(): void {
    this.#failed = true
  }

  async close(): Promise<void> {
    const level = this.#level ?? (await this.#opening?.catch(() => undefined))
    this.#level = undefined
    await level?.close()
  }

  #open(): Promise<Level> {
    this.#opening ??= this.#start().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #start(): Promise<Level> {
    const level = await openLevel(this.directory, this.#make)
    try {
      const text = await level.get(keys.counters)
      const counters = text === undefined ? empty : parseRecord<Counters>(text)
      if (counters.format !== 1) throw new RangeError(`Unknown format ${String(counters.format)}.`)
      this.counters = counters
    } catch (cause) {
      await level.close()
      throw new StoreUnavailable(`The embedded store in ${this.directory} cannot be read.`, { cause })
    }
    this.#level = level
    this.#failed = false
    return level
  }

  /** Opening writes LevelDB's log anew as tables. Without room for that it fails, and reading would end with it. */
  async #probe(): Promise<void> {
    const file = join(this.directory, 'probe.tmp')
    try {
      const { bavail, bsize } = await statfs(this.directory)
      if (bavail * bsize < ROOM) throw new RangeError(`Only ${bavail * bsize} bytes are free.`)
      await writeFile(file, 'probe', { flush: true })
      await rm(file)
    } catch (cause) {
      throw new StoreUnavailable('The disk of the embedded store takes no writes.', { cause })
    }
  }
}
