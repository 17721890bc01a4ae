import type { Database, Leaf, Revisions } from '../../store/port.ts'
import { lineOf, type Incoming } from '../incoming.ts'
import type { Attachments, IncomingAttachment } from './incoming.ts'

/** The hash of a line's revision in that generation. */
const hashAt = ({ start, ids }: Revisions, generation: number): string | undefined => ids[start - generation]

/**
 * The attachments of a revision that is stored as it came, with the bytes that its stubs stand for: they came with a
 * revision that the line shares with one that stands here.
 * @returns undefined where there are no such bytes
 */
export async function bytesHere(db: Database, incoming: Incoming): Promise<Attachments | undefined> {
  const { attachments } = incoming
  if (![...attachments.values()].some(({ kind }) => kind === 'stub')) return attachments
  const { revisions } = lineOf(incoming)
  const leaves = await db.leaves(incoming.doc._id)
  const found = new Map<string, IncomingAttachment>()
  for (const [name, one] of attachments) {
    const bytes = one.kind === 'stub' ? await bytesOf(db, { name, one, revisions, leaves }) : one
    if (!bytes) return undefined
    found.set(name, bytes)
  }
  return found
}

async function bytesOf(
  db: Database,
  {
    name,
    one,
    revisions,
    leaves,
  }: {
    name: string
    one: Extract<IncomingAttachment, { kind: 'stub' }>
    revisions: Revisions
    leaves: readonly Leaf[]
  },
): Promise<IncomingAttachment | undefined> {
  for (const leaf of leaves) {
    const attached = leaf.doc._attachments ?? {}
    const stub = Object.hasOwn(attached, name) ? attached[name] : undefined
    if (!stub) continue
    const { revpos = stub.revpos, digest } = one
    const shared = hashAt(revisions, revpos)
    const sameLine =
      revpos === stub.revpos && shared !== undefined && shared === hashAt(leaf.revisions, revpos)
    if (!sameLine && digest !== stub.digest) continue
    const here = await db.attachment(leaf.doc._id, leaf.doc._rev, name)
    if (here) return { kind: 'bytes', contentType: stub.content_type, data: here.data, revpos }
  }
  return undefined
}
