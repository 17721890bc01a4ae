/**
 * Small pictures of files: of photographs by sharp, of a PDF's first page by pdftoppm (poppler-utils) where this
 * machine has it. Kept beside the data under their file's SHA-256, so each is made once; the directory may be emptied.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { AtMost } from '../at-most.ts'
import type { FileAddress, FileStorage } from '../storage/port.ts'

/** What pictures are made of. HEIC is not: its decoder is not free to ship. */
const pictures = new Set([
  ...['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/tiff', 'image/avif'],
])
/** A picture that says it has more pixels is not opened. */
const mostPixels = 150_000_000
const pdfMs = 15_000
const pdfPixels = 1024
/** Pictures made at once; each takes a processor. */
const mostAtOnce = 2

export interface ThumbnailOptions {
  files: FileStorage
  /** Made where it is missing. */
  directory: string
}

export interface ThumbnailRequest {
  address: FileAddress
  contentType: string
  /** Longest side in pixels. */
  size: number
}

const run = promisify(execFile)

export class Thumbnails {
  readonly #options: ThumbnailOptions
  readonly #making = new Map<string, Promise<Buffer | undefined>>()
  readonly #atOnce = new AtMost(mostAtOnce)

  constructor(options: ThumbnailOptions) {
    this.#options = options
  }

  /** A JPEG; undefined where none can be made of this file. */
  async of(request: ThumbnailRequest): Promise<Buffer | undefined> {
    const { address, contentType, size } = request
    if (!pictures.has(contentType) && contentType !== 'application/pdf') return undefined
    const name = `group-${address.groupId}-${address.sha256}-${size}.jpg`
    const kept = await readFile(path.join(this.#options.directory, name)).catch(() => undefined)
    if (kept) return kept
    const underWay = this.#making.get(name)
    if (underWay) return await underWay
    const making = this.#atOnce.run(() => this.#make(request, name)).finally(() => this.#making.delete(name))
    this.#making.set(name, making)
    return await making
  }

  /** Throws away the pictures of a file that is gone. */
  async forget({ groupId, sha256 }: FileAddress): Promise<void> {
    const { directory } = this.#options
    const names = await readdir(directory).catch(() => [])
    const own = names.filter((name) => name.startsWith(`group-${groupId}-${sha256}-`))
    await Promise.all(own.map((name) => rm(path.join(directory, name), { force: true })))
  }

  async #make({ address, contentType, size }: ThumbnailRequest, name: string): Promise<Buffer | undefined> {
    const { directory, files } = this.#options
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const work = path.join(directory, `work-${randomUUID()}`)
    try {
      await pipeline(await files.open(address), createWriteStream(work, { mode: 0o600 }))
      const source = contentType === 'application/pdf' ? await firstPage(work) : work
      if (source === undefined) return undefined
      const bytes = await shrink(source, size)
      if (!bytes) return undefined
      await writeFile(`${work}.jpg`, bytes, { mode: 0o600 })
      await rename(`${work}.jpg`, path.join(directory, name))
      return bytes
    } finally {
      await Promise.all(['', '.png', '.jpg'].map((ending) => rm(work + ending, { force: true })))
    }
  }
}

/** Upright by its EXIF orientation, and without any of its metadata; undefined for what is no picture after all. */
const shrink = async (source: string, size: number): Promise<Buffer | undefined> => {
  try {
    return await sharp(source, { limitInputPixels: mostPixels, failOn: 'error', sequentialRead: true })
      .rotate()
      .resize(size, size, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 78, mozjpeg: false })
      .toBuffer()
  } catch {
    return undefined
  }
}

/** The first page as a picture; undefined where the tool is not there, or cannot read the file. */
const firstPage = async (pdf: string): Promise<string | undefined> => {
  const page = ['-png', '-f', '1', '-l', '1', '-singlefile', '-scale-to', String(pdfPixels)]
  try {
    await run('pdftoppm', [...page, pdf, pdf], { timeout: pdfMs, killSignal: 'SIGKILL' })
    return `${pdf}.png`
  } catch {
    return undefined
  }
}
