/** What CouchDB's interpreter gives a view's function. */
declare function emit(key: unknown, value: unknown): void
