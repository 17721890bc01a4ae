import { expect } from 'chai'
import type { Change, Database, Leaf, NewDoc, Seq, WriteResult } from '../../../sync/store/port.ts'

/** Writes one document that must be taken; returns its revision. */
export async function put(db: Database, doc: NewDoc): Promise<string> {
  const [result] = await db.write([doc])
  return revOf(result)
}

/** The revision of a write that was taken. */
export function revOf(result: WriteResult | undefined): string {
  expect(result).to.include({ ok: true })
  if (!result?.ok) throw new Error('The write was not taken.')
  return result.rev
}

/** Reads all changes after `since`, a page after the other. */
export async function allChanges(
  db: Database,
  options: { since?: Seq; page?: number; docs?: boolean } = {},
): Promise<Change[]> {
  const { page = 1000, docs = false } = options
  let since = options.since ?? 0
  const found: Change[] = []
  for (;;) {
    const { changes, lastSeq } = await db.changes({ since, limit: page, docs })
    found.push(...changes)
    since = lastSeq
    if (changes.length === 0) return found
  }
}

/** Where the changes of a database end by now. */
export async function endOf(db: Database): Promise<Seq> {
  const { lastSeq } = await db.changes({ limit: 100_000 })
  return lastSeq
}

/** A hash for a revision: the letter 32 times, which is what CouchDB takes for a hash. */
export const hex = (digit: string) => digit.repeat(32)

/** A leaf at the end of a line of these hex digits, oldest first: `leaf('a', '1f', …)` is revision 2 of hash ffff…. */
export function leaf(id: string, line: string, fields: Record<string, unknown> = {}): Leaf {
  const ids = [...line].reverse().map(hex)
  return {
    doc: { _id: id, _rev: `${ids.length}-${ids[0] ?? ''}`, ...fields },
    revisions: { start: ids.length, ids },
  }
}

/** The revision at the end of such a line. */
export const revAt = (line: string) => `${line.length}-${hex(line.at(-1) ?? '')}`

/** The error that the promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error('Something else than an Error was thrown.', { cause: error })
  }
  throw new Error('It did not fail.')
}

/** A promise that resolves as soon as the listener was called `times` times, and the listener. */
export function listening(times = 1): { listener: () => void; heard: Promise<void>; count: () => number } {
  let calls = 0
  let resolve: () => void = () => undefined
  const heard = new Promise<void>((done) => (resolve = done))
  const listener = () => {
    calls++
    if (calls >= times) resolve()
  }
  return { listener, heard, count: () => calls }
}
