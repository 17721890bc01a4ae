/**
 * The frames of a backup: one byte that says what it is, its length, its bytes. A backup is a row of them:
 *
 *     H          {id, at, databases}: what it is a backup of
 *     S … E      a section: {database} or {files: true} … {sha256 of the frames between, counts}
 *       L        an array of local documents
 *       D, d     an array of documents with all their leaves; d: of those that changed while the section was written
 *       A        the bytes of one attachment of the D before, in the order in which they are named there
 *       F        {groupId, sha256, size}: a file
 *       B        bytes of the file before, until it has its size
 *     M          {at, …}: what is in it all together; the last
 */
import { ArchiveDamaged } from './archive-damaged.ts'

const kinds = ['H', 'S', 'E', 'L', 'D', 'd', 'A', 'F', 'B', 'M'] as const
export type FrameKind = (typeof kinds)[number]

export interface Frame {
  kind: FrameKind
  payload: Buffer
  /** As it stands in the backup. */
  encoded: Buffer
}

const headBytes = 5
/** Attachments are the largest. */
const mostBytes = 128 * 1024 * 1024

export const encodeFrame = (kind: FrameKind, payload: Uint8Array | string): Buffer => {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  const frame = Buffer.allocUnsafe(headBytes + bytes.byteLength)
  frame.write(kind, 0, 'latin1')
  frame.writeUInt32BE(bytes.byteLength, 1)
  frame.set(bytes, headBytes)
  return frame
}

const kindOf = (byte: number | undefined): FrameKind => {
  const kind = kinds.find((one) => one.charCodeAt(0) === byte)
  if (!kind) throw new ArchiveDamaged('The backup is damaged: it has a part of no kind.')
  return kind
}

/** The frames in a row of bytes. @throws ArchiveDamaged */
export async function* framesIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let kept: Buffer = Buffer.alloc(0)
  let waiting: Uint8Array[] = []
  let held = 0
  let needed = headBytes
  for await (const chunk of bytes) {
    waiting.push(chunk)
    held += chunk.byteLength
    // Gathered once there is enough: a large frame must not be copied with each chunk.
    if (held < needed) continue
    kept =
      waiting.length === 1
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : Buffer.concat(waiting)
    for (;;) {
      needed = headBytes
      if (kept.length < headBytes) break
      const length = kept.readUInt32BE(1)
      if (length > mostBytes)
        throw new ArchiveDamaged('The backup is damaged: a part of it has no sane length.')
      needed = headBytes + length
      if (kept.length < needed) break
      const encoded = kept.subarray(0, needed)
      yield { kind: kindOf(kept[0]), payload: encoded.subarray(headBytes), encoded }
      kept = kept.subarray(needed)
    }
    waiting = [kept]
    held = kept.length
  }
  if (held > 0) throw new ArchiveDamaged('The backup is cut short.')
}
