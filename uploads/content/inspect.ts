/**
 * What a file really is, before anybody keeps it: its signature against what its sender called it, and whether it is
 * made to harm whoever opens it.
 */
import { fileTypeFromBuffer } from 'file-type'
import { buffer } from 'node:stream/consumers'
import { AtMost } from '../at-most.ts'
import type { StagedFile } from '../storage/port.ts'
import { lookIntoArchive } from './archive.ts'
import { agree, canonicalType, isTextType, unknownType } from './file-kinds.ts'
import { isActiveMarkup } from './active-markup.ts'
import { isMarkup } from './markup.ts'
import { beginsAsZip, polyglotFault } from './polyglot.ts'

export type ContentFault =
  /** The bytes are of another kind than the sender says. */
  | 'CONTENT_TYPE_MISMATCH'
  /** Not among the kinds that the group takes. */
  | 'FILE_TYPE_NOT_ALLOWED'
  /** An archive that inflates to far more than it is, or cannot be what it says. */
  | 'ARCHIVE_REFUSED'
  /** Two kinds of file in one. */
  | 'POLYGLOT_FILE'
  /** What runs where it is opened: SVG or HTML with script, office documents with macros. */
  | 'ACTIVE_CONTENT'

/** The file is not taken for what it holds. */
export class ContentRefused extends Error {
  override readonly name = 'ContentRefused'
  readonly fault: ContentFault
  constructor(fault: ContentFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** Looked at from the beginning and from the end of a file; every signature is in there. */
const headBytes = 256 * 1024
const tailBytes = 66_000

export interface Inspection {
  staged: StagedFile
  /** As the sender called it; `application/octet-stream` where it does not know. */
  declared: string
  allowed: readonly string[]
}

/** Looks hold some hundred kilobytes each. */
const looks = new AtMost(8)

/**
 * The file's content type.
 * @throws ContentRefused
 */
export const inspect = (inspection: Inspection): Promise<string> => looks.run(() => look(inspection))

const look = async ({ staged, declared, allowed }: Inspection): Promise<string> => {
  const head = await buffer(await staged.open({ start: 0, end: headBytes - 1 }))
  const tailStart = Math.max(0, staged.size - tailBytes)
  const tail = await buffer(await staged.open({ start: tailStart }))
  const called = canonicalType(declared)
  let found = await kindOf(head, staged.size)
  if (await isActiveMarkup(found, staged))
    throw new ContentRefused(
      'ACTIVE_CONTENT',
      'The file holds what would run, or be fetched, where it is opened',
    )
  const polyglot = polyglotFault(found, head, tail)
  if (polyglot !== undefined) throw new ContentRefused('POLYGLOT_FILE', polyglot)
  if (beginsAsZip(head)) {
    const { fault, macros, kind } = await lookIntoArchive(staged)
    if (fault !== undefined) throw new ContentRefused('ARCHIVE_REFUSED', fault)
    if (macros) throw new ContentRefused('ACTIVE_CONTENT', 'The document holds macros')
    found = kind ?? found
  }
  const type = settle(found, called)
  if (type === undefined)
    throw new ContentRefused('CONTENT_TYPE_MISMATCH', `The file is said to be ${called}, but is ${found}`)
  if (!allowed.includes(type))
    throw new ContentRefused('FILE_TYPE_NOT_ALLOWED', `Files of the kind ${type} are not taken`)
  return type
}

/** By signature; `text/plain` or `image/svg+xml` and the like for text, `application/octet-stream` for neither. */
const kindOf = async (head: Buffer, size: number): Promise<string> => {
  const markup = isText(head, size) ? isMarkup(head) : undefined
  if (markup !== undefined) return markup
  const sniffed = await fileTypeFromBuffer(head).catch(() => undefined) // of a file cut off by `headBytes`
  if (sniffed) return canonicalType(sniffed.mime)
  return isText(head, size) ? 'text/plain' : unknownType
}

/** UTF-8 without control characters; UTF-16 with its mark. */
const isText = (head: Buffer, size: number): boolean => {
  if (head.length >= 2 && (head.readUInt16BE(0) === 0xfeff || head.readUInt16BE(0) === 0xfffe)) return true
  if (head.some((byte) => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte))) return false
  const cutOff = size > head.length
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: cutOff })
    return true
  } catch {
    return false
  }
}

/** The type to keep of what was found and what it was called; undefined where they contradict each other. */
const settle = (found: string, called: string): string | undefined => {
  if (called === unknownType || found === called) return found
  if (found === 'text/plain') return isTextType(called) && called !== 'image/svg+xml' ? called : undefined
  if (found === 'application/xml' && (called === 'text/plain' || called.endsWith('+xml')))
    return called === 'image/svg+xml' ? undefined : called
  return agree(found, called) ? called : undefined
}
