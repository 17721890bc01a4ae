/** Reads a whole backup; that it comes to its end is the proof that it is whole. */
import { archiveBytes } from './read-archive.ts'
import { readBackup } from './read-backup.ts'
import type { Head, Manifest } from './contents.ts'
import { ArchiveDamaged } from './archive-damaged.ts'

export interface Verified {
  head: Head
  manifest: Manifest
  /** By database: the ids of documents that were written again, because they changed while the backup was made. */
  again: ReadonlyMap<string, ReadonlySet<string>>
}

/** @throws ArchiveDamaged, PassphraseWrong */
export const verifyBackup = async (
  file: string,
  passphrase: string | undefined,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Verified> => {
  let head: Head | undefined
  let manifest: Manifest | undefined
  const again = new Map<string, Set<string>>()
  for await (const item of readBackup(counted(archiveBytes(file, passphrase), onBytes))) {
    if (item.kind === 'head') head = item.head
    if (item.kind === 'manifest') manifest = item.manifest
    if (item.kind === 'documents' && item.again) {
      const ids = again.get(item.database) ?? new Set<string>()
      again.set(item.database, ids)
      for (const { id } of item.copies) ids.add(id)
    }
  }
  if (!head || !manifest) throw new ArchiveDamaged('The backup is cut short.')
  return { head, manifest, again }
}

export async function* counted(
  bytes: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    onBytes(chunk.length)
    yield chunk
  }
}
