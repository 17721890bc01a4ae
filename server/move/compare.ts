/** Whether two databases hold the same: documents with all their leaves, attachments and local documents. */
import type { DatabaseReader } from '../../sync/store/port.ts'
import {
  copiesOf,
  DigestSum,
  digestOfDocument,
  digestOfLocal,
} from '../../sync/store/transfer/document-copy.ts'
import { changePages, countDocuments, localDocuments } from '../../sync/store/transfer/walk.ts'
import { isFileDocument } from '../unfinished.ts'

export interface Compared {
  name: string
  /** Deleted ones too. */
  documents: number
  locals: number
  /** Of all that it holds, 64 hex digits; the same for both where `differing` is 0. */
  digest: string
  /** Documents that are not the same, or stand on one side alone. */
  differing: number
}

export interface Comparing {
  name: string
  from: DatabaseReader
  to: DatabaseReader
  onCompared: (documents: number) => void
}

export const compareDatabases = async ({ name, from, to, onCompared }: Comparing): Promise<Compared> => {
  const sum = new DigestSum()
  let documents = 0
  let differing = 0
  for await (const { changes } of changePages(from)) {
    const ids = changes.map(({ id }) => id).filter((id) => !isFileDocument(name, id))
    const [ours, theirs] = await Promise.all([digestsOf(from, ids), digestsOf(to, ids)])
    for (const [at, digest] of ours.entries()) {
      sum.add(digest)
      if (theirs[at]?.equals(digest) !== true) differing += 1
    }
    documents += ids.length
    onCompared(changes.length)
  }
  const own = (id: string): boolean => !isFileDocument(name, id)
  differing += Math.abs((await countDocuments(to, { own })) - documents)
  const [ours, theirs] = await Promise.all([localsOf(from, sum), localsOf(to, new DigestSum())])
  if (ours.hex !== theirs.hex) differing += 1
  return { name, documents, locals: ours.count, digest: sum.hex, differing }
}

const digestsOf = async (reader: DatabaseReader, ids: readonly string[]): Promise<Buffer[]> => {
  const digests: Buffer[] = []
  for await (const copy of copiesOf(reader, ids)) digests.push(digestOfDocument(copy))
  return digests
}

const localsOf = async (reader: DatabaseReader, sum: DigestSum): Promise<{ count: number; hex: string }> => {
  const locals = new DigestSum()
  let count = 0
  for await (const local of localDocuments(reader)) {
    const digest = digestOfLocal(local)
    locals.add(digest)
    sum.add(digest)
    count += 1
  }
  return { count, hex: locals.hex }
}
