/** Pages and other files of ours: written once, compressed once for each encoding, 304 for who has them. */
import { createHash } from 'node:crypto'
import type { RequestHandler } from 'express'
import { encode } from '../../sync/encoding/encode.ts'
import { exchangeOf } from './exchange.ts'

export interface Page {
  contentType: string
  /** Called when the page is first asked for, and again where `stamp` has changed. */
  write: () => string | Promise<string>
  /** Names the state that the text is written from; what never changes has none. */
  stamp?: () => string
  headers?: Readonly<Record<string, string>>
}

interface Written {
  text: string
  etag: string
  encoded: Map<string, ReturnType<typeof encode>>
}

/** The encodings that callers ask for are few; headers made up to fill the memory are not kept. */
const maxEncoded = 20

/** Answers GET with the page. */
export const servePage = ({ contentType, write, stamp = () => '', headers = {} }: Page): RequestHandler => {
  let written: Promise<Written> | undefined
  let writtenAs = ''
  const current = (): Promise<Written> => {
    const now = stamp()
    if (!written || now !== writtenAs) {
      writtenAs = now
      written = compose(write)
      written.catch(() => (written = undefined))
    }
    return written
  }
  return async (request, response) => {
    exchangeOf(response).route = request.path
    const page = await current()
    const accepts = request.headers['accept-encoding']
    const all = { ...headers, ETag: page.etag, 'Cache-Control': 'no-cache', Vary: 'Origin, Accept-Encoding' }
    if (request.headers['if-none-match'] === page.etag) {
      response.writeHead(304, all).end()
      return
    }
    const { content, length, encoding } = await encodedOf(page, accepts)
    const named = encoding === 'identity' ? {} : { 'Content-Encoding': encoding }
    response
      .writeHead(200, { ...all, ...named, 'Content-Type': contentType, 'Content-Length': length })
      .end(content)
  }
}

const compose = async (write: Page['write']): Promise<Written> => {
  const text = await write()
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 22)
  return { text, etag: `W/"${hash}"`, encoded: new Map() }
}

const encodedOf = (page: Written, accepts = ''): ReturnType<typeof encode> => {
  const known = page.encoded.get(accepts)
  if (known) return known
  const encoded = encode(page.text, accepts)
  if (page.encoded.size < maxEncoded) page.encoded.set(accepts, encoded)
  return encoded
}
