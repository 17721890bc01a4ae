/** Resumable uploads as a foreign client, tus-js-client, sends them; and single requests of the protocol. */
import * as tus from 'tus-js-client'
import type { DocumentClient, Fields } from './document-client.ts'
import type { Answer, TestServer } from './server.ts'

export const uploadsPath = '/v2/mobile/documents/uploads'

export const metadataText = (metadata: Fields): string =>
  Object.entries(metadata)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${Buffer.from(String(value)).toString('base64')}`)
    .join(',')

/** Metadata of a photograph. */
export const named = (
  fields: Fields,
  filename = 'wound.jpg',
  filetype = 'image/jpeg',
): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...fields, filename, filetype }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  )

export interface TusSent {
  url: string
  /** Requests that it took, as `METHOD status`. */
  requests: string[]
  /** Bytes that were sent in all. */
  sent: number
}

export interface TusOptions extends Partial<tus.UploadOptions> {
  server: Pick<TestServer, 'url'>
  client: DocumentClient
  bytes: Buffer
  metadata: Record<string, string>
}

/** Sends a file by tus-js-client. Rejects with its error. */
export const sendByTus = (options: TusOptions): Promise<TusSent> => {
  const { server, client, bytes, metadata, ...more } = options
  const requests: string[] = []
  let sent = 0
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(bytes, {
      endpoint: server.url + uploadsPath,
      headers: client.tokens,
      metadata,
      retryDelays: [0, 20, 100, 500],
      onAfterResponse: (request, response) => {
        requests.push(`${request.getMethod()} ${response.getStatus()}`)
        const underlying = request.getUnderlyingObject() as
          { getHeader?: (name: string) => unknown } | undefined
        sent += Number(underlying?.getHeader?.('content-length') ?? 0)
      },
      onError: (error) => reject(error),
      onSuccess: () => resolve({ url: upload.url ?? '', requests, sent }),
      ...more,
    })
    upload.start()
  })
}

/** One request of the protocol. */
export const tusRequest = async (
  server: TestServer,
  client: DocumentClient | undefined,
  method: string,
  options: { path?: string; headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<Answer> => {
  const { path = uploadsPath, headers = {}, body } = options
  const type: Record<string, string> =
    body === undefined ? {} : { 'Content-Type': 'application/offset+octet-stream' }
  return await server.request(path, {
    method,
    ...(body === undefined ? {} : { raw: body }),
    headers: { 'Tus-Resumable': '1.0.0', ...type, ...client?.tokens, ...headers },
  })
}
