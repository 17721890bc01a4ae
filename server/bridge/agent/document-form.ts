/** A document as a form (RFC 7578) for the PMS: `details` as JSON, then `file`; its length known before. */
import { randomUUID } from 'node:crypto'
import type { BridgeRequest } from '../../contract/bridge-agent.ts'

type HandOver = Extract<BridgeRequest, { operation: 'document' }>

/** As browsers write names in forms (WHATWG HTML, multipart/form-data encoding). */
const quoted = (text: string): string =>
  text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

export interface Form {
  contentType: string
  /** bytes */
  length: number
  body: AsyncIterable<Uint8Array>
}

export const formOf = ({ documentId, file, details }: HandOver, bytes: AsyncIterable<Uint8Array>): Form => {
  const boundary = randomUUID()
  const { fileName, contentType, size, sha256 } = file
  const described = JSON.stringify({ documentId, ...details, fileName, contentType, size, sha256 })
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="details"\r\nContent-Type: application/json\r\n\r\n` +
      `${described}\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted(fileName)}"\r\n` +
      `Content-Type: ${contentType}\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: head.length + size + tail.length,
    body: joined(head, bytes, tail),
  }
}

const joined = async function* (
  head: Uint8Array,
  bytes: AsyncIterable<Uint8Array>,
  tail: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield head
  yield* bytes
  yield tail
}
