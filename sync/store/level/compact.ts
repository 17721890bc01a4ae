import { digestsOf } from './document.ts'
import { keys, parseRecord, type DocRecord } from './records.ts'
import { stubsIn, type Stubs } from './attachments.ts'
import type { Level } from './level-handle.ts'

const CHUNK = 500

/** Removes the bodies of revisions that are no leaves, and bytes that no leaf names. */
export async function compactLevel(level: Level): Promise<void> {
  await level.clear({ gte: 'o', lt: 'p' })
  await using bytes = level.keys({ gte: 'a', lt: 'b' })
  for (;;) {
    const found = await bytes.nextv(CHUNK)
    if (found.length === 0) return
    const gone = await Promise.all(found.map((key) => isUnnamed(level, key)))
    await level.batch(found.filter((_, at) => gone[at]).map((key) => ({ type: 'del', key })))
  }
}

async function isUnnamed(level: Level, key: string): Promise<boolean> {
  const end = key.lastIndexOf('\0')
  const id = key.slice(1, end)
  const text = await level.get(keys.doc(id))
  if (text === undefined) return true
  const record = parseRecord<DocRecord>(text)
  const losers = (record.leaves ?? []).filter((rev) => rev !== record.rev).map((rev) => keys.loser(id, rev))
  const bodies = (await level.getMany(losers)).map((body) => stubsIn(body ?? '{}'))
  const winner = (record.body['_attachments'] ?? {}) as Stubs
  return !digestsOf([winner, ...bodies]).has(key.slice(end + 1))
}
