import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Parameters } from './parameters.ts'
import type { Replica, ReplicationOptions } from './replica.ts'

/** An answer that is sent at once. */
export interface Answer {
  status: number
  body: unknown
  headers?: Readonly<Record<string, string>>
}

/** The handler has written its answer itself. */
export const streamed = Symbol('streamed')

/** A request on its way to an answer. */
export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  parameters: Parameters
  options: ReplicationOptions
}

/** A request to a database that is open. */
export interface Turn extends Exchange {
  db: Replica
  /** The document's id, where the path names one. */
  id: string
  /** The attachment's name, where the path goes on behind the document. */
  attachment: string
}

/** Serves one method of one path. */
export type Call = (turn: Turn) => Promise<Answer | typeof streamed>

/** Where a document is found. */
export function locationOf({ request, db }: Turn, id: string): string {
  const path = id.split('/').map(encodeURIComponent)
  const host = request.headers.host ?? 'localhost'
  const mount = (request as IncomingMessage & { baseUrl?: string }).baseUrl ?? ''
  return `http://${host}${mount}/${db.path}/${path.join(id.startsWith('_') ? '/' : '%2F')}`
}
