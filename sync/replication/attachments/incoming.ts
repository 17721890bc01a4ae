/** Attachments as they come within a document: https://docs.couchdb.org/en/stable/api/document/attachments.html */
import type { NewAttachment } from '../../store/port.ts'
import { isObject } from '../body.ts'
import { badRequest } from '../errors.ts'
import { isText } from '../parameters.ts'

/** Bytes that came; the stub of what is here already; or, in a multipart body, bytes that come in a part of their own. */
export type IncomingAttachment =
  | { kind: 'bytes'; contentType: string; data: Uint8Array; revpos: number | undefined }
  | { kind: 'stub'; digest: string | undefined; revpos: number | undefined }
  | {
      kind: 'follows'
      contentType: string
      revpos: number | undefined
      length: number | undefined
      gzip: boolean
    }

export type Attachments = ReadonlyMap<string, IncomingAttachment>

export const ANY_TYPE = 'application/octet-stream'
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
// What comes in a header later; a type with a line's end in it would be another header.
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]+$/

export function assertName(name: string): void {
  if (name === '' || !isText(name)) throw badRequest('An attachment needs a name.')
  if (name.startsWith('_')) throw badRequest(`Attachment name '${name}' starts with prohibited character '_'`)
}

/** A type that can be sent again as a header. */
export const contentTypeOf = (value: unknown): string =>
  typeof value === 'string' && value.length <= 500 && HEADER_TEXT.test(value) ? value : ANY_TYPE

const wholeNumber = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined

/** The member `_attachments` of a document. */
export function parseAttachments(value: unknown): Attachments {
  if (value === undefined) return new Map()
  if (!isObject(value)) throw badRequest('Attachments must be an object')
  return new Map(
    Object.entries(value).map(([name, entry]) => {
      assertName(name)
      return [name, parseAttachment(name, entry)]
    }),
  )
}

function parseAttachment(name: string, entry: unknown): IncomingAttachment {
  if (!isObject(entry)) throw badRequest(`Invalid attachment data for ${name}`)
  const { stub, follows, data, digest } = entry
  const contentType = contentTypeOf(entry['content_type'])
  const revpos = wholeNumber(entry['revpos']) || undefined
  if (stub === true) return { kind: 'stub', digest: typeof digest === 'string' ? digest : undefined, revpos }
  if (follows === true) {
    const gzip = entry['encoding'] === 'gzip'
    const length = wholeNumber(gzip ? entry['encoded_length'] : entry['length'])
    return { kind: 'follows', contentType, revpos, length, gzip }
  }
  const text = typeof data === 'string' ? data.replace(/\s+/g, '') : undefined
  if (text === undefined || text.length % 4 !== 0 || !BASE64.test(text))
    throw badRequest(`Invalid attachment data for ${name}`)
  return { kind: 'bytes', contentType, data: Buffer.from(text, 'base64'), revpos }
}

/** Refuses what stands for bytes that came nowhere. */
export function assertWhole(attachments: Attachments): void {
  for (const [name, { kind }] of attachments)
    if (kind === 'follows') throw badRequest(`The bytes of the attachment ${name} do not follow.`)
}

/** Attachments as the store takes them. @param keepRevpos for revisions that are stored as they came */
export function newAttachments(
  attachments: Attachments,
  keepRevpos: boolean,
): { _attachments?: Record<string, NewAttachment> } {
  if (attachments.size === 0) return {}
  const entries = [...attachments].map(([name, one]): [string, NewAttachment] => {
    if (one.kind === 'follows') throw new Error('The bytes of an attachment were not read.')
    if (one.kind === 'stub') return [name, { stub: true }]
    const revpos = keepRevpos ? one.revpos : undefined
    return [name, { content_type: one.contentType, data: one.data, revpos }]
  })
  return { _attachments: Object.fromEntries(entries) }
}
