/** Fetching a file. */
import { OfflineError } from '../errors.ts'
import type { CachedFile } from '../local/file-cache.ts'
import { limited, open, refusalOf, type Transport } from './request.ts'

/** Without anything arriving. */
const silenceMs = 60_000

export const fetchBytes = async (
  transport: Transport,
  path: string,
  options: { headers: Record<string, string>; onProgress: (done: number) => void },
): Promise<CachedFile> => {
  const limit = limited(silenceMs)
  try {
    const response = await open(transport, { method: 'GET', path, headers: options.headers }, limit.signal)
    if (!response.ok) throw await refusalOf(response)
    const contentType = response.headers.get('Content-Type') ?? 'application/octet-stream'
    const bytes = await bytesOf(response, (done) => {
      limit.touch()
      options.onProgress(done)
    })
    const length = response.headers.get('Content-Length')
    const isEncoded = response.headers.get('Content-Encoding') !== null
    if (length !== null && !isEncoded && Number(length) !== bytes.length)
      throw new OfflineError('The file did not arrive whole')
    return { bytes, contentType }
  } catch (error) {
    throw error instanceof TypeError
      ? new OfflineError('The file did not arrive whole', { cause: error })
      : error
  } finally {
    limit.done()
  }
}

/** React Native's `fetch` has no stream: there a file comes in one piece. */
const bytesOf = async (
  response: Response,
  onProgress: (done: number) => void,
): Promise<Uint8Array<ArrayBuffer>> => {
  if (!response.body) return new Uint8Array(await response.arrayBuffer())
  const [parts, reader]: [Uint8Array[], ReadableStreamDefaultReader<Uint8Array>] = [
    [],
    response.body.getReader(),
  ]
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    size += value.length
    onProgress(size)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
