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
import { AtMost } from '../at-most.ts'
import type { FileAddress, FileStorage } from '../storage/port.ts'

/** What pictures are made of. HEIC is not: its decoder is not free to ship. */
const pictures = new Set([
  ...['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/tiff', 'image/avif'],
])
/**
 * A picture that says it has more pixels is not opened. JPEG is made smaller while it is read; of others all may be in
 * memory at once.
 */
const mostPixels = (contentType: string): number => (contentType === 'image/jpeg' ? 120_000_000 : 40_000_000)
const pdfMs = 15_000
const pdfPixels = 1024
/** Files of which none could be made are remembered, so that a hostile one costs its time once. */
const mostFailures = 1000
/** Pictures made at once; each takes a processor. */
const mostAtOnce = 2

export interface ThumbnailOptions {
  files: FileStorage
  /** Made where it is missing. */
  directory: string
  /** Called once, at the first PDF, where this machine has no pdftoppm. */
  onMissingTool?: () => void
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
  readonly #failed = new Set<string>()
  #toolIsMissing = false

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
    if (this.#failed.has(name)) return undefined
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
      const source = contentType === 'application/pdf' ? await this.#firstPage(work) : work
      const bytes = source === undefined ? undefined : await shrink(source, size, mostPixels(contentType))
      if (!bytes) {
        if (!this.#toolIsMissing) this.#remember(name)
        return undefined
      }
      await writeFile(`${work}.jpg`, bytes, { mode: 0o600 })
      await rename(`${work}.jpg`, path.join(directory, name))
      return bytes
    } finally {
      await Promise.all(['', '.png', '.jpg'].map((ending) => rm(work + ending, { force: true })))
    }
  }

  #remember(name: string): void {
    const [oldest] = this.#failed
    if (oldest !== undefined && this.#failed.size >= mostFailures) this.#failed.delete(oldest)
    this.#failed.add(name)
  }

  /** The first page as a picture; undefined where the tool is not there, or cannot read the file. */
  async #firstPage(pdf: string): Promise<string | undefined> {
    const page = ['-png', '-f', '1', '-l', '1', '-singlefile', '-scale-to', String(pdfPixels)]
    try {
      await run('pdftoppm', [...page, pdf, pdf], { timeout: pdfMs, killSignal: 'SIGKILL' })
      this.#toolIsMissing = false
      return `${pdf}.png`
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (missing && !this.#toolIsMissing) this.#options.onMissingTool?.()
      this.#toolIsMissing = missing
      return undefined
    }
  }
}

/** Upright by its EXIF orientation, and without any of its metadata; undefined for what is no picture after all. */
const shrink = async (
  source: string,
  size: number,
  limitInputPixels: number,
): Promise<Buffer | undefined> => {
  // Its native library is large, and many servers never make a picture.
  const { default: sharp } = await import('sharp')
  try {
    return await sharp(source, { limitInputPixels, failOn: 'error', sequentialRead: true })
      .rotate()
      .resize(size, size, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 78, mozjpeg: false })
      .toBuffer()
  } catch {
    return undefined
  }
}
