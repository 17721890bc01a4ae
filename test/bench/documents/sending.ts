/** Documents as a phone sends them, streamed, by either road; and what became of them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { text } from 'node:stream/consumers'
import type { ApiCaller } from '../../vets-day/api-caller.ts'

/** A file that is to become a document, sent by `open` as often as it takes. */
export interface Sending {
  clientItemId: string
  animalId: string
  size: number
  open: (from?: number) => Readable
}

export type Road = 'multipart' | 'tus'
export const roads: readonly Road[] = ['multipart', 'tus']

/** As curl makes one: how far a parser skips while it looks for it goes by its length. */
const boundary = '------------------------9f2Kc41wD07ab35exQ8d1Z'
const uploads = '/v2/mobile/documents/uploads'
/** The beginning of a JPEG, and no more of one. */
export const pictureHead = Buffer.from('ffd8ffe000104a46494600010100', 'hex')

export const pictureOf = (size: number): Buffer =>
  Buffer.concat([pictureHead, randomBytes(size - pictureHead.length)])

export const sendingOf = (animalId: string, bytes: Buffer): Sending => ({
  ...{ clientItemId: randomUUID(), animalId, size: bytes.length },
  open: (from = 0) => Readable.from(slices(bytes, from)),
})

function* slices(bytes: Buffer, from: number) {
  for (let at = from; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

export const anAnimal = async (api: ApiCaller): Promise<string> => {
  const [animal] = await api.pullAll('animals')
  return String(animal?.['id'])
}

export const fieldsOf = ({ clientItemId, animalId }: Sending): Record<string, string> => ({
  ...{ clientItemId, animalId, title: 'Left fore', category: 'photo' },
})

interface Answered {
  status: number
  headers: IncomingMessage['headers']
}

/** Sends a request with a body and reads its answer. Rejects where the connection breaks. */
const exchange = async (
  url: string,
  method: string,
  headers: Record<string, string | number>,
  body: Readable | undefined,
): Promise<Answered> => {
  const request = httpRequest(url, { method, headers, agent: false })
  const answering = once(request, 'response') as Promise<[IncomingMessage]>
  answering.catch(() => undefined)
  if (body) await pipeline(body, request)
  else request.end()
  const [response] = await answering
  const said = await text(response)
  const { statusCode: status = 0 } = response
  if (status >= 400 && status !== 404 && status !== 409)
    throw new Error(`${method} ${url} answered ${status}: ${said}`)
  return { status, headers: response.headers }
}

/** By uploadDocument, whole. */
export const byMultipart = async (url: string, api: ApiCaller, sending: Sending): Promise<void> => {
  const fields = Object.entries(fieldsOf(sending)).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const head = Buffer.from(
    `${fields.join('')}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="x.jpg"\r\n` +
      'Content-Type: image/jpeg\r\n\r\n',
  )
  const end = Buffer.from(`\r\n--${boundary}--\r\n`)
  const body = async function* () {
    yield head
    yield* sending.open() as AsyncIterable<Buffer>
    yield end
  }
  const headers = {
    ...api.headers,
    'Content-Type': `multipart/form-data; boundary=${boundary}`,
    'Content-Length': head.length + sending.size + end.length,
  }
  await exchange(`${url}/v2/mobile/uploadDocument`, 'POST', headers, Readable.from(body()))
}

/** Begins a resumable upload. @returns its URL */
export const beginTus = async (url: string, api: ApiCaller, sending: Sending): Promise<string> => {
  const metadata = { ...fieldsOf(sending), filename: 'x.jpg', filetype: 'image/jpeg' }
  const headers = {
    ...{ ...api.headers, 'Tus-Resumable': '1.0.0', 'Upload-Length': sending.size },
    'Upload-Metadata': Object.entries(metadata)
      .map(([name, value]) => `${name} ${btoa(value)}`)
      .join(','),
  }
  const { headers: answered } = await exchange(url + uploads, 'POST', headers, undefined)
  return new URL(String(answered.location), url).href
}

/** Where an upload goes on; undefined where it is gone. */
export const offsetOf = async (where: string, api: ApiCaller): Promise<number | undefined> => {
  const headers = { ...api.headers, 'Tus-Resumable': '1.0.0' }
  const { status, headers: answered } = await exchange(where, 'HEAD', headers, undefined)
  return status === 200 ? Number(answered['upload-offset']) : undefined
}

/** Sends what is left of an upload. */
export const continueTus = async (
  where: string,
  api: ApiCaller,
  sending: Sending,
  offset: number,
): Promise<void> => {
  const headers = {
    ...{ ...api.headers, 'Tus-Resumable': '1.0.0', 'Upload-Offset': offset },
    'Content-Type': 'application/offset+octet-stream',
    'Content-Length': sending.size - offset,
  }
  await exchange(where, 'PATCH', headers, sending.open(offset))
}

export const send = async (road: Road, url: string, api: ApiCaller, sending: Sending): Promise<void> => {
  if (road === 'multipart') await byMultipart(url, api, sending)
  else await continueTus(await beginTus(url, api, sending), api, sending, 0)
}

/** The SHA-256 of a document as it comes back; undefined where there is none. */
export const storedHash = async (
  url: string,
  api: ApiCaller,
  documentId: string,
): Promise<string | undefined> => {
  const response = await fetch(`${url}/v2/mobile/documents/${documentId}/content`, { headers: api.headers })
  if (response.status === 404) return undefined
  const hash = createHash('sha256')
  for await (const chunk of response.body ?? []) hash.update(chunk as Uint8Array)
  return response.ok ? hash.digest('hex') : `answered ${response.status}`
}
