/** Walks over all that a database holds. */
import type { Change, DatabaseReader, LocalDoc, Seq } from '../port.ts'

const pageSize = 500
const countPage = 5000

export interface ChangesPage {
  changes: Change[]
  lastSeq: Seq
}

/** The changes after a place, in pages, until there are no more. */
export async function* changePages(
  reader: Pick<DatabaseReader, 'changes'>,
  options: { since?: Seq; limit?: number } = {},
): AsyncGenerator<ChangesPage> {
  const { limit = pageSize } = options
  let { since = 0 } = options
  for (;;) {
    const page = await reader.changes({ since, limit })
    if (page.changes.length === 0) return
    yield page
    since = page.lastSeq
  }
}

/**
 * How many documents a database has, deleted ones too.
 * @param options.since those changed after this place
 * @param options.own those whose id it takes
 */
export const countDocuments = async (
  reader: Pick<DatabaseReader, 'changes'>,
  { since = 0, own = () => true }: { since?: Seq; own?: (id: string) => boolean } = {},
): Promise<number> => {
  let count = 0
  for await (const { changes } of changePages(reader, { since, limit: countPage }))
    for (const { id } of changes) if (own(id)) count += 1
  return count
}

export async function* localDocuments(reader: Pick<DatabaseReader, 'locals'>): AsyncGenerator<LocalDoc> {
  let after: string | undefined
  for (;;) {
    const page = await reader.locals({ limit: pageSize, ...(after === undefined ? {} : { after }) })
    yield* page
    after = page.at(-1)?.id
    if (page.length < pageSize) return
  }
}
