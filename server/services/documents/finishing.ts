/** What a file that is to become a document is finished with. */
import type { StaffIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import type { DocumentFields, documentErrors } from '../../contract/document-uploads.ts'
import type { FailOptions } from '../../http/problem.ts'

export type DocumentError = (typeof documentErrors)[number]

/** What is known of a file before its bytes are there. */
export interface Announced {
  fields: DocumentFields
  /** As the sender calls it, folders and all. */
  fileName: string
  contentType: string
}

export interface Finishing {
  app: AppContext
  user: StaffIdentity
  /** ms since the epoch */
  receivedAt: number
  /** Ends the call with a problem. */
  fail: (code: DocumentError | 'INVALID_REQUEST', options?: FailOptions) => never
}
