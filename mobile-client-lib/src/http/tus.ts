/**
 * Resumable uploads as tus 1.0 has them (https://tus.io/protocols/resumable-upload): creation with the first bytes,
 * and the rest from wherever the server has come to. tus-js-client does more, and sends by XMLHttpRequest past the
 * app's own `fetch`, with retries and tokens of its own beside the library's, at 18 kB gzipped.
 */
import { ApiError, OfflineError } from '../errors.ts'
import { exchange, send, type Transport } from '../http/request.ts'
import type { Session } from '../session/session.ts'
import type { Stop } from '../stop.ts'

const path = '/v2/mobile/documents/uploads'
const version = { 'Tus-Resumable': '1.0.0' }
/** For one piece. */
const timeoutMs = 5 * 60_000

export interface TusContext {
  transport: Transport
  session: Session
  stop: Stop
}

export interface TusFile {
  size: number
  metadata: Record<string, string>
  /** Some of the bytes from an offset on. */
  from: (offset: number) => Promise<Uint8Array<ArrayBuffer>>
  /** Of an upload that has begun. */
  uploadId: string | null
  /** Keeps it. */
  setUpload: (uploadId: string | null) => Promise<void>
  onProgress: (sent: number) => void
}

const base64 = (value: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(value)))

const metadataText = (metadata: Record<string, string>): string =>
  Object.entries(metadata)
    .map(([name, value]) => `${name} ${base64(value)}`)
    .join(',')

/** Sends a file, from where an earlier attempt has come to; resolves when the server has all of it and has taken it. */
export const sendFile = async (context: TusContext, file: TusFile): Promise<void> => {
  let [uploadId, offset] = [file.uploadId, 0]
  if (uploadId) {
    const at = await offsetOf(context, uploadId)
    if (at === null) uploadId = null
    else offset = at
  }
  file.onProgress(offset)
  if (!uploadId) ({ uploadId, offset } = await begin(context, file))
  while (offset < file.size) {
    file.onProgress(offset)
    offset = await more(context, { uploadId, offset, bytes: await file.from(offset) })
  }
  file.onProgress(offset)
}

const headersOf = (uploadOffset: number): Record<string, string> => ({
  ...version,
  'Content-Type': 'application/offset+octet-stream',
  'Upload-Offset': String(uploadOffset),
})

const begin = async (context: TusContext, file: TusFile): Promise<{ uploadId: string; offset: number }> => {
  const first = await file.from(0)
  const response = await request(context, {
    ...{ method: 'POST', path, bytes: first },
    headers: {
      ...headersOf(0),
      'Upload-Length': String(file.size),
      'Upload-Metadata': metadataText(file.metadata),
    },
  })
  const uploadId = (response.headers.get('Location') ?? '').split('/').at(-1)
  if (!uploadId) throw new OfflineError('The answer is not one of the server’s')
  // On disk before more is sent: after a restart it goes on here.
  if (first.length < file.size) await file.setUpload(uploadId)
  return { uploadId, offset: offsetIn(response) }
}

const more = async (
  context: TusContext,
  { uploadId, offset, bytes }: { uploadId: string; offset: number; bytes: Uint8Array<ArrayBuffer> },
): Promise<number> => {
  const headers = headersOf(offset)
  return offsetIn(await request(context, { method: 'PATCH', path: `${path}/${uploadId}`, headers, bytes }))
}

/** How far an upload is; null where there is none any more. */
const offsetOf = async (context: TusContext, uploadId: string): Promise<number | null> => {
  const { transport, session, stop } = context
  try {
    const status = await session.authorized((headers) =>
      send(transport, { method: 'GET', path: `${path}/${uploadId}`, headers, stop }),
    )
    if (typeof status?.['offset'] !== 'number')
      throw new OfflineError('The answer is not one of the server’s')
    return status['offset']
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 410)) return null
    throw error
  }
}

const offsetIn = (response: Response): number => {
  const offset = response.headers.get('Upload-Offset')
  if (offset === null || !Number.isInteger(Number(offset)))
    throw new OfflineError('The answer is not one of the server’s')
  return Number(offset)
}

const request = async (
  { transport, session, stop }: TusContext,
  asked: {
    method: 'POST' | 'PATCH'
    path: string
    headers: Record<string, string>
    bytes: Uint8Array<ArrayBuffer>
  },
): Promise<Response> => {
  try {
    return await session.authorized((tokens) =>
      exchange(transport, { ...asked, headers: { ...tokens, ...asked.headers }, stop, timeoutMs }),
    )
  } catch (error) {
    // Another offset than the server's, or the attempt before still holds it: asked anew, it goes on.
    if (error instanceof ApiError && busy.has(error.code))
      throw new OfflineError('The upload is in use', { cause: error })
    throw error
  }
}

const busy = new Set(['UPLOAD_LOCKED', 'UPLOAD_OFFSET_MISMATCH'])
