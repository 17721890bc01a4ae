/** Revisions one by one, those that are no leaves any more among them, and the bytes of their attachments. */
import { StoreUnavailable, type Leaf, type StoredAttachment } from '../port.ts'
import { storedDoc } from '../prepared.ts'
import { revsOf } from '../winning.ts'
import type { Level } from './level-handle.ts'
import { readLeaves } from './reads.ts'
import { keys } from './records.ts'

/** A leaf, or an older revision whose body is still there. */
export async function readRevision(level: Level, id: string, rev: string): Promise<Leaf | undefined> {
  const leaves = await readLeaves(level, id)
  const leaf = leaves.find(({ doc }) => doc._rev === rev)
  if (leaf) return leaf
  const text = await level.get(keys.old(id, rev))
  const line = leaves.map(({ revisions }) => revisions).find((one) => revsOf(one).includes(rev))
  if (text === undefined || !line) return undefined
  const ids = line.ids.slice(revsOf(line).indexOf(rev))
  const fields = JSON.parse(text) as Record<string, unknown>
  return { doc: storedDoc(id, rev, false, fields), revisions: { start: Number.parseInt(rev, 10), ids } }
}

/** An attachment with its bytes. */
export async function readAttachment(
  level: Level,
  { id, rev, name }: { id: string; rev: string; name: string },
): Promise<StoredAttachment | undefined> {
  const stubs = (await readRevision(level, id, rev))?.doc._attachments ?? {}
  const stub = Object.hasOwn(stubs, name) ? stubs[name] : undefined
  if (!stub) return undefined
  const key = keys.attachment(id, stub.digest)
  const data = await level.get<string, Uint8Array>(key, { valueEncoding: 'view' })
  if (data) return { stub, data }
  // The document was changed in between, and with that revision its bytes went.
  if (!(await readRevision(level, id, rev))) return undefined
  throw new StoreUnavailable('The embedded store lost the bytes of an attachment.')
}
