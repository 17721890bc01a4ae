/** What stands in the frames of a backup, and how a document is written there. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { NewAttachment, NewLeaf } from '../../sync/store/port.ts'
import type { DocumentCopy } from '../../sync/store/transfer/document-copy.ts'
import { ArchiveDamaged } from './archive-damaged.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0)

export const headShape = z.object({
  id: z.uuid(),
  /** ISO 8601: when it was begun. */
  at: z.string(),
  databases: z.array(z.string()),
})
export type Head = z.infer<typeof headShape>

export const sectionShape = z.union([
  z.strictObject({ database: z.string() }),
  z.strictObject({ files: z.literal(true) }),
])
export type Section = z.infer<typeof sectionShape>

export const fileShape = z.object({ groupId: z.int().min(1), sha256, size: count })
export type FileHead = z.infer<typeof fileShape>

export const sectionEndShape = z.object({
  sha256,
  /** Documents, those that were written again counted again; files. */
  items: count,
  again: count,
  locals: count,
  attachments: count,
  bytes: count,
  /** The database is as it was at a moment between these; the same where it was one moment. */
  from: z.string(),
  to: z.string(),
})
export type SectionEnd = z.infer<typeof sectionEndShape>

export const manifestShape = z.object({
  at: z.string(),
  sections: z.array(z.object({ name: z.string(), ...sectionEndShape.shape })),
  files: count,
  fileBytes: count,
  /** Files that records name and that were not there. */
  missing: z.array(z.object({ groupId: z.int(), sha256 })),
})
export type Manifest = z.infer<typeof manifestShape>

const attachmentShape = z.object({
  content_type: z.string(),
  revpos: z.number().optional(),
  sha256,
  length: count,
})
type AttachmentHead = z.infer<typeof attachmentShape>
const leafShape = z.object({
  doc: z.record(z.string(), z.unknown()),
  revisions: z.object({ start: z.int(), ids: z.array(z.string()) }),
})
const documentsShape = z.array(z.object({ id: z.string(), leaves: z.array(leafShape) }))
export const localsShape = z.array(z.object({ id: z.string(), body: z.record(z.string(), z.unknown()) }))

/** The JSON of a frame. @throws ArchiveDamaged */
export const parsed = <S extends z.ZodType>(shape: S, payload: Buffer): z.output<S> => {
  try {
    return shape.parse(JSON.parse(payload.toString()))
  } catch (cause) {
    throw new ArchiveDamaged('The backup is damaged: a part of it cannot be read.', { cause })
  }
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A document as JSON in which attachments are described, and their bytes, which follow it in this order. */
export const writtenDocument = ({
  id,
  leaves,
}: DocumentCopy): { json: string; attachments: Uint8Array[] } => {
  const attachments: Uint8Array[] = []
  const described = leaves.map(({ doc, revisions }) => {
    const { _attachments, ...fields } = doc
    if (!_attachments) return { doc, revisions }
    const heads = Object.entries(_attachments).map(([name, one]): [string, AttachmentHead] => {
      if ('stub' in one) throw new TypeError('An attachment of a copy has no bytes')
      attachments.push(one.data)
      const { content_type, revpos, data } = one
      return [name, { content_type, revpos, sha256: sha256Of(data), length: data.byteLength }]
    })
    return { doc: { ...fields, _attachments: Object.fromEntries(heads) }, revisions }
  })
  return { json: JSON.stringify({ id, leaves: described }), attachments }
}

/** The documents of a frame; `next` gives the bytes of their attachments, one after the other. */
export const readDocuments = async (
  payload: Buffer,
  next: () => Promise<Buffer>,
): Promise<DocumentCopy[]> => {
  const copies: DocumentCopy[] = []
  for (const { id, leaves } of parsed(documentsShape, payload)) {
    const read: NewLeaf[] = []
    for (const { doc, revisions } of leaves) {
      const { _attachments, ...fields } = doc
      const attachments =
        _attachments === undefined ? {} : { _attachments: await withBytes(_attachments, next) }
      read.push({ doc: { ...(fields as NewLeaf['doc']), ...attachments }, revisions })
    }
    copies.push({ id, leaves: read })
  }
  return copies
}

const withBytes = async (
  described: unknown,
  next: () => Promise<Buffer>,
): Promise<Record<string, NewAttachment>> => {
  const attachments: [string, NewAttachment][] = []
  for (const [name, head] of Object.entries(z.record(z.string(), attachmentShape).parse(described))) {
    const data = await next()
    if (sha256Of(data) !== head.sha256)
      throw new ArchiveDamaged('The backup is damaged: an attachment is not what it was.')
    attachments.push([name, { content_type: head.content_type, revpos: head.revpos, data }])
  }
  return Object.fromEntries(attachments)
}
