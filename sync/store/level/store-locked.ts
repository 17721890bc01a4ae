/** The directory of an embedded store is open elsewhere. */
export class StoreLocked extends Error {
  override readonly name = 'StoreLocked'

  constructor(directory: string, options: ErrorOptions) {
    super(
      `The store in ${directory} is in use. One process owns an embedded store: stop the other one, give this one ` +
        'a data directory of its own, or set COUCHDB_URL, which several servers can share.',
      options,
    )
  }
}
