import type { AttachmentStub } from '../port.ts'
import type { PreparedAttachment } from '../prepared.ts'

/** The attachments of one revision, by name. Their bytes stand under the document's id and their digest. */
export type Stubs = Readonly<Record<string, AttachmentStub>>

const none: Stubs = {}

/** The attachments that a stored body names. */
export function stubsIn(body: string): Stubs {
  // Parsing costs; nearly no document has any.
  if (!body.includes('"_attachments":')) return none
  return (JSON.parse(body) as { _attachments?: Stubs })._attachments ?? none
}

/**
 * The attachments of a revision of this generation.
 * @param standing those of the revision that it replaces
 * @returns undefined where it names one that does not stand
 */
export function stubsOf(
  attachments: readonly PreparedAttachment[],
  generation: number,
  standing: Stubs,
): Stubs | undefined {
  const stubs: [string, AttachmentStub][] = []
  for (const { name, added } of attachments) {
    const stub = added
      ? {
          content_type: added.contentType,
          revpos: Math.min(added.revpos ?? generation, generation),
          digest: added.digest,
          length: added.data.byteLength,
          stub: true as const,
        }
      : Object.hasOwn(standing, name)
        ? standing[name]
        : undefined
    if (!stub) return undefined
    stubs.push([name, stub])
  }
  return Object.fromEntries(stubs)
}

/** A body with the attachments of its revision. */
export function withStubs(body: string, stubs: Stubs): string {
  if (Object.keys(stubs).length === 0) return body
  const named = `{"_attachments":${JSON.stringify(stubs)}`
  return body === '{}' ? `${named}}` : `${named},${body.slice(1)}`
}

/** What a revision says of its attachments, for its name: the same bytes under the same names are the same. */
export function markOf(stubs: Stubs): string {
  const said = Object.entries(stubs).map(([name, { content_type, digest }]) => [name, content_type, digest])
  return said.length === 0 ? '' : JSON.stringify(said.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))
}
