/** A file on its way. */
export interface Transfer {
  /** The document's id. */
  id: string
  direction: 'upload' | 'download'
  /** Bytes. */
  done: number
  total: number
}
