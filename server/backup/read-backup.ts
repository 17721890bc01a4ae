/** Reads a backup and checks all of it on the way: each section's digest, each file's and attachment's, and the whole. */
import { createHash } from 'node:crypto'
import type { LocalDoc } from '../../sync/store/port.ts'
import type { DocumentCopy } from '../../sync/store/transfer/document-copy.ts'
import { filesNamedBy } from '../../sync/feed/document-keys.ts'
import { ArchiveDamaged } from './archive-damaged.ts'
import {
  fileShape,
  headShape,
  localsShape,
  manifestShape,
  parsed,
  readDocuments,
  sectionEndShape,
  sectionShape,
  type FileHead,
  type Head,
  type Manifest,
} from './contents.ts'
import { framesIn, type Frame, type FrameKind } from './frames.ts'
import { SectionCount } from './section-count.ts'

/** Reads to the end. */
export const drained = async (bytes: AsyncGenerator<Buffer>): Promise<void> => {
  while ((await bytes.next()).done !== true);
}

/** What a backup says, in its order. */
export type Item =
  | { kind: 'head'; head: Head }
  | { kind: 'locals'; database: string; locals: LocalDoc[] }
  /** `again`: they changed while the backup was made, and are to be taken for what the same ids had before. */
  | { kind: 'documents'; database: string; copies: DocumentCopy[]; again: boolean }
  /** `bytes` is to be read before the next item. */
  | { kind: 'file'; file: FileHead; bytes: AsyncGenerator<Buffer> }
  | { kind: 'database'; database: string }
  | { kind: 'manifest'; manifest: Manifest }

const damaged = (what: string): ArchiveDamaged => new ArchiveDamaged(`The backup is damaged: ${what}.`)

/** @throws ArchiveDamaged at the first thing that is not as it was written */
export async function* readBackup(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Item> {
  const frames = framesIn(bytes)
  try {
    yield* new BackupReader(frames).items()
  } finally {
    await frames.return(undefined) // closes what the bytes come from
  }
}

class BackupReader {
  readonly #frames: AsyncGenerator<Frame>
  #section: { name: string; count: SectionCount } | undefined
  readonly #ended: { name: string; sha256: string }[] = []
  readonly #files = new Set<string>()
  readonly #named = new Set<string>()

  constructor(frames: AsyncGenerator<Frame>) {
    this.#frames = frames
  }

  async *items(): AsyncGenerator<Item> {
    const head = await this.#next('H')
    yield { kind: 'head', head: parsed(headShape, head.payload) }
    for (;;) {
      const frame = await this.#any()
      if (frame.kind === 'M') {
        const manifest = this.#whole(frame)
        if (!(await this.#frames.next()).done) throw damaged('something stands behind its end')
        yield { kind: 'manifest', manifest }
        return
      }
      yield* this.#section ? this.#inSection(frame) : this.#begin(frame)
    }
  }

  *#begin(frame: Frame): Generator<Item> {
    if (frame.kind !== 'S') throw damaged('its parts are not in their order')
    const section = parsed(sectionShape, frame.payload)
    const name = 'files' in section ? 'files' : section.database
    this.#section = { name, count: new SectionCount() }
    if ('database' in section) yield { kind: 'database', database: name }
  }

  async *#inSection(frame: Frame): AsyncGenerator<Item> {
    const { name, count } = this.#current()
    if (frame.kind === 'E') return this.#end(frame)
    count.take(frame.encoded)
    if (frame.kind === 'L') {
      const locals = parsed(localsShape, frame.payload)
      count.locals += locals.length
      yield { kind: 'locals', database: name, locals }
    } else if (frame.kind === 'D' || frame.kind === 'd') {
      const copies = await readDocuments(frame.payload, () => this.#attachment())
      count.items += copies.length
      if (frame.kind === 'd') count.again += copies.length
      for (const { leaves } of copies) for (const { doc } of leaves) this.#note(name, doc)
      yield { kind: 'documents', database: name, copies, again: frame.kind === 'd' }
    } else if (frame.kind === 'F') {
      const file = parsed(fileShape, frame.payload)
      count.items += 1
      const bytes = this.#fileBytes(file)
      yield { kind: 'file', file, bytes }
      await drained(bytes) // what its reader left
      this.#files.add(`${file.groupId}/${file.sha256}`)
    } else throw damaged('its parts are not in their order')
  }

  #note(database: string, doc: Readonly<Record<string, unknown>>): void {
    const groupId = /^group-(\d+)$/.exec(database)?.[1]
    if (groupId !== undefined) for (const sha256 of filesNamedBy(doc)) this.#named.add(`${groupId}/${sha256}`)
  }

  async #attachment(): Promise<Buffer> {
    const { count } = this.#current()
    const frame = await this.#next('A')
    count.take(frame.encoded)
    count.attachments += 1
    return frame.payload
  }

  async *#fileBytes({ size, sha256 }: FileHead): AsyncGenerator<Buffer> {
    const hash = createHash('sha256')
    for (let left = size; left > 0;) {
      const frame = await this.#next('B')
      this.#current().count.take(frame.encoded)
      hash.update(frame.payload)
      left -= frame.payload.length
      if (left < 0) throw damaged('a file is longer than it was')
      yield frame.payload
    }
    if (hash.digest('hex') !== sha256) throw damaged('a file is not what it was')
  }

  #end(frame: Frame): void {
    const { name, count } = this.#current()
    const said = parsed(sectionEndShape, frame.payload)
    const found = count.end()
    if (said.sha256 !== found.sha256 || said.items !== found.items || said.locals !== found.locals)
      throw damaged(`its section ${name} is not what was written`)
    this.#ended.push({ name, sha256: found.sha256 })
    this.#section = undefined
  }

  /** The manifest, where it says what was read. */
  #whole(frame: Frame): Manifest {
    const manifest = parsed(manifestShape, frame.payload)
    const sections = manifest.sections.map(({ name, sha256 }) => ({ name, sha256 }))
    if (this.#section || JSON.stringify(sections) !== JSON.stringify(this.#ended))
      throw damaged('its sections are not those that were written')
    for (const { groupId, sha256 } of manifest.missing) this.#named.delete(`${groupId}/${sha256}`)
    for (const file of this.#named)
      if (!this.#files.has(file)) throw damaged('a file that a record names is not in it')
    return manifest
  }

  #current(): { name: string; count: SectionCount } {
    if (!this.#section) throw damaged('its parts are not in their order')
    return this.#section
  }

  async #any(): Promise<Frame> {
    const next = await this.#frames.next()
    if (next.done === true) throw new ArchiveDamaged('The backup is cut short.')
    return next.value
  }

  async #next(kind: FrameKind): Promise<Frame> {
    const frame = await this.#any()
    if (frame.kind !== kind) throw damaged('its parts are not in their order')
    return frame
  }
}
