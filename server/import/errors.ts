/** What can be wrong with an import. Each message is written for the person at the keyboard. */

/** The import cannot run as it was asked for: a wrong option, file, column or group. Nothing was written by it. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
}

/** One row cannot be taken; the next one can. The message is the reason in the rejects file. */
export class RowRefused extends Error {
  override readonly name = 'RowRefused'
}
