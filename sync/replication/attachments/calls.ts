/** `GET, HEAD, PUT, DELETE /{db}/{docid}/{attachment}`: https://docs.couchdb.org/en/stable/api/document/attachments.html */
import { createHash } from 'node:crypto'
import parseRange from 'range-parser'
import type { AttachmentStub, Leaf } from '../../store/port.ts'
import { ancestryIn } from '../../store/winning.ts'
import { Stream } from '../answering.ts'
import { BATCH_BYTES, readBytes } from '../body.ts'
import { locationOf, streamed, type Answer, type Call, type Turn } from '../call.ts'
import { deleted, missing, ProtocolError } from '../errors.ts'
import type { Incoming } from '../incoming.ts'
import { parseRevision } from '../parameters.ts'
import { only, replaced } from '../write-calls.ts'
import { writeAll } from '../write-rows.ts'
import { assertName, contentTypeOf, type IncomingAttachment } from './incoming.ts'
import { newBoundary } from './serving.ts'

/** What an attachment holds, a browser that opens it runs nothing of it. */
const safety = { 'Content-Security-Policy': 'sandbox', 'X-Content-Type-Options': 'nosniff' }
// More parts than a reader has use for make a small request expensive.
const MOST_RANGES = 20

const noAttachment = (): ProtocolError =>
  new ProtocolError(404, 'not_found', 'Document is missing attachment')
const missingRevision = (): ProtocolError => new ProtocolError(409, 'not_found', 'missing_rev')
const conflicted = (): ProtocolError => new ProtocolError(409, 'conflict', 'Document update conflict.')

/** The leaf that the request names, or the winner. */
async function leafOf(turn: Turn): Promise<Leaf> {
  const leaves = await turn.db.leaves(turn.id)
  const [winner] = leaves
  if (!winner) throw missing()
  const rev = turn.parameters.revision()
  if (rev === undefined && winner.doc._deleted) throw deleted()
  const leaf = rev === undefined ? winner : await turn.db.revision(turn.id, rev)
  if (!leaf) throw missing()
  return leaf
}

const stubOf = ({ doc }: Leaf, name: string): AttachmentStub | undefined =>
  doc._attachments && Object.hasOwn(doc._attachments, name) ? doc._attachments[name] : undefined

interface Span {
  start: number
  end: number
}

/** The parts that `Range` asks for; undefined: the whole. */
function spansOf({ request }: Turn, size: number, etag: string): Span[] | undefined {
  const { range, 'if-range': ifRange } = request.headers
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return undefined
  const spans = parseRange(size, range, { combine: true })
  if (spans === -2) return undefined
  if (spans === -1) {
    throw new ProtocolError(416, 'requested_range_not_satisfiable', 'Requested range not satisfiable', {
      'Content-Range': `bytes */${size}`,
    })
  }
  return spans.type === 'bytes' && spans.length <= MOST_RANGES ? spans : undefined
}

export const getAttachment: Call = async (turn) => {
  const name = turn.attachment
  const leaf = await leafOf(turn)
  const stub = stubOf(leaf, name)
  const found = stub && (await turn.db.attachment(turn.id, leaf.doc._rev, name))
  if (!stub || !found) throw noAttachment()
  const etag = `"${stub.digest.replace(/^md5-/, '')}"`
  if (turn.request.headers['if-none-match'] === etag)
    return { status: 304, body: null, headers: { ETag: etag } }
  const spans = spansOf(turn, stub.length, etag)
  const common = { ...safety, ETag: etag, 'Accept-Ranges': 'bytes' }
  const [span] = spans ?? []
  if (spans && spans.length > 1) return sendSpans(turn, { found, stub, spans, common })
  const length = span ? span.end - span.start + 1 : stub.length
  const head: Record<string, string> = {
    ...common,
    'Content-Type': stub.content_type,
    'Content-Length': String(length),
  }
  if (span) head['Content-Range'] = `bytes ${span.start}-${span.end}/${stub.length}`
  const stream = new Stream(turn, { status: span ? 206 : 200, headers: head, plain: true })
  if (turn.request.method !== 'HEAD') await stream.pour(await found.open(span))
  stream.end('')
  return streamed
}

async function sendSpans(
  turn: Turn,
  {
    found,
    stub,
    spans,
    common,
  }: {
    found: { open(span: Span): Promise<AsyncIterable<Uint8Array>> }
    stub: AttachmentStub
    spans: readonly Span[]
    common: Record<string, string>
  },
): Promise<typeof streamed> {
  const boundary = newBoundary()
  const headers = { ...common, 'Content-Type': `multipart/byteranges; boundary="${boundary}"` }
  const stream = new Stream(turn, { status: 206, headers, plain: true })
  if (turn.request.method !== 'HEAD') {
    for (const span of spans) {
      const range = `Content-Range: bytes ${span.start}-${span.end}/${stub.length}`
      await stream.write(`\r\n--${boundary}\r\nContent-Type: ${stub.content_type}\r\n${range}\r\n\r\n`)
      await stream.pour(await found.open(span))
    }
  }
  stream.end(`\r\n--${boundary}--`)
  return streamed
}

/** The document that the call changes, with its other attachments as stubs; undefined where a new one is made. */
async function standing(turn: Turn, rev: string | undefined): Promise<Leaf | undefined> {
  const leaves = await turn.db.leaves(turn.id)
  const [winner] = leaves
  if (rev === undefined) {
    if (winner && !winner.doc._deleted) throw conflicted()
    return undefined
  }
  const leaf = leaves.find(({ doc }) => doc._rev === rev)
  if (leaf) return leaf
  throw ancestryIn(leaves, rev) ? conflicted() : missingRevision()
}

/** Writes the document anew with `attachment` under the name, or without it. */
async function change(
  turn: Turn,
  leaf: Leaf | undefined,
  attachment: IncomingAttachment | undefined,
): Promise<{ id: string; rev: string }> {
  const { _attachments, ...doc } = leaf?.doc ?? { _id: turn.id }
  const attachments = new Map<string, IncomingAttachment>(
    Object.entries(_attachments ?? {}).map(([name, { digest, revpos }]) => [
      name,
      { kind: 'stub', digest, revpos },
    ]),
  )
  if (attachment) attachments.set(turn.attachment, attachment)
  else attachments.delete(turn.attachment)
  const incoming: Incoming = { doc, revisions: undefined, attachments }
  return only(await writeAll(turn.db, [incoming], true))
}

export const putAttachment: Call = async (turn) => {
  assertName(turn.attachment)
  const { headers } = turn.request
  const data = await readBytes(turn.request, BATCH_BYTES)
  const md5 = headers['content-md5']
  if (typeof md5 === 'string' && md5 !== createHash('md5').update(data).digest('base64'))
    throw new ProtocolError(400, 'content_md5_mismatch', 'Possible message corruption.')
  const rev = replaced(turn, undefined)
  const leaf = await standing(turn, rev === undefined ? undefined : parseRevision(rev))
  const contentType = contentTypeOf(headers['content-type'])
  const written = await change(turn, leaf, { kind: 'bytes', contentType, data, revpos: undefined })
  return answered(turn, 201, written)
}

export const deleteAttachment: Call = async (turn) => {
  const rev = replaced(turn, undefined)
  const leaf = await standing(turn, rev)
  if (!leaf) throw missing()
  if (!stubOf(leaf, turn.attachment)) throw noAttachment()
  return answered(turn, 200, await change(turn, leaf, undefined))
}

const answered = (turn: Turn, status: number, { id, rev }: { id: string; rev: string }): Answer => ({
  status,
  body: { ok: true, id, rev },
  headers: {
    ETag: `"${rev}"`,
    ...(status === 201
      ? {
          Location: `${locationOf(turn, id)}/${turn.attachment.split('/').map(encodeURIComponent).join('/')}`,
        }
      : {}),
  },
})
