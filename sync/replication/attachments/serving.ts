/** Attachments on their way out: as stubs, inline, or in parts of their own. */
import { randomUUID } from 'node:crypto'
import type { AttachmentStub, Leaf, StoredDoc } from '../../store/port.ts'
import { generationOf } from '../../store/prepared.ts'
import { revsOf } from '../../store/winning.ts'
import type { Stream } from '../answering.ts'
import type { Turn } from '../call.ts'
import { badRequest } from '../errors.ts'
import { parseRevision, type Parameters } from '../parameters.ts'

/** Which attachments a client wants with the document. */
export interface Wanted {
  /** Those that came after the newest of these revisions; undefined: all. */
  since: readonly string[] | undefined
}

export const parseSince = (value: unknown): string[] => {
  if (!Array.isArray(value)) throw badRequest('`atts_since` must be an array of revisions.')
  return value.map(parseRevision)
}

/** What `attachments` and `atts_since` ask for; undefined: stubs. */
export function wantedBy(parameters: Parameters): Wanted | undefined {
  const since = parameters.json('atts_since')
  if (since !== undefined) return { since: parseSince(since) }
  return parameters.flag('attachments') ? { since: undefined } : undefined
}

/** The attachments of a document, by name, with whether their bytes are to be sent. */
export function sending(
  { doc, revisions }: Leaf,
  wanted: Wanted | undefined,
): { name: string; stub: AttachmentStub; sent: boolean }[] {
  const line = new Set(wanted?.since ? revsOf(revisions) : [])
  const known = Math.max(0, ...(wanted?.since ?? []).filter((rev) => line.has(rev)).map(generationOf))
  return Object.entries(doc._attachments ?? {}).map(([name, stub]) => ({
    ...{ name, stub },
    sent: wanted !== undefined && stub.revpos > known,
  }))
}

/** All bytes of an attachment. */
async function bytesOf(turn: Turn, doc: StoredDoc, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of await openOf(turn, doc, name)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function openOf(turn: Turn, doc: StoredDoc, name: string): Promise<AsyncIterable<Uint8Array>> {
  const attachment = await turn.db.attachment(doc._id, doc._rev, name)
  // The document was changed between its reading and this one: clients ask again.
  if (!attachment) throw new Error(`An attachment of ${doc._id} is gone.`)
  return attachment.open()
}

/** A document's `_attachments` with the bytes that are wanted in them, as base64; `{}` where it has none. */
export async function inlined(
  turn: Turn,
  leaf: Leaf,
  wanted: Wanted | undefined,
): Promise<{ _attachments?: object }> {
  const { doc } = leaf
  if (!doc._attachments || !wanted) return {}
  const entries: [string, object][] = []
  for (const { name, stub, sent } of sending(leaf, wanted)) {
    const { stub: _, length: __, ...said } = stub
    entries.push([name, sent ? { ...said, data: (await bytesOf(turn, doc, name)).toString('base64') } : stub])
  }
  return { _attachments: Object.fromEntries(entries) }
}

export const newBoundary = (): string => randomUUID().replaceAll('-', '')

/** Names stand in a header: what would end the text or the line there is escaped. */
const quoted = (name: string): string =>
  name.replace(/["\\\r\n]/g, (sign) => (sign < ' ' ? '_' : `\\${sign}`))

/**
 * Writes a document and the bytes that are wanted of its attachments, part by part (RFC 2387), without the head that
 * names the boundary.
 */
export async function writeRelated(
  turn: Turn,
  stream: Stream,
  { leaf, served, wanted, boundary }: { leaf: Leaf; served: object; wanted: Wanted; boundary: string },
): Promise<void> {
  const attached = sending(leaf, wanted)
  const stubs = attached.map(({ name, stub: { stub: _, ...said }, sent }): [string, object] => [
    name,
    { ...said, [sent ? 'follows' : 'stub']: true },
  ])
  const json = JSON.stringify({ ...served, _attachments: Object.fromEntries(stubs) })
  await stream.write(`--${boundary}\r\nContent-Type: application/json\r\n\r\n${json}`)
  for (const { name, stub, sent } of attached) {
    if (!sent) continue
    const head = [
      `\r\n--${boundary}`,
      `Content-Disposition: attachment; filename="${quoted(name)}"`,
      `Content-Type: ${stub.content_type}`,
      `Content-Length: ${stub.length}`,
    ]
    await stream.write(`${head.join('\r\n')}\r\n\r\n`)
    for await (const chunk of await openOf(turn, leaf.doc, name)) await stream.write(chunk)
  }
  await stream.write(`\r\n--${boundary}--`)
}
