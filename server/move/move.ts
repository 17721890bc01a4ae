/**
 * Moves a store into another one: each database with every revision that is a leaf, its ancestry, its attachments and
 * local documents, so that what devices and foreign clients hold goes on there. Nothing may write to the source
 * meanwhile; that it did not is looked at in the end. Run again after a crash it goes on where it was.
 */
import type { Database, DatabaseReader, Store } from '../../sync/store/port.ts'
import { CopyWriter, copiesOf } from '../../sync/store/transfer/document-copy.ts'
import { changePages, countDocuments, localDocuments } from '../../sync/store/transfer/walk.ts'
import { accountsDatabase } from '../auth/account-docs.ts'
import type { WorkProgress } from '../cli/work-progress.ts'
import { CliError } from '../cli/command.ts'
import { optionsOf } from '../databases.ts'
import { assertWhole, databasesOf, Filling, isFileDocument } from '../unfinished.ts'
import { compareDatabases, type Compared } from './compare.ts'

const localsAtOnce = 50
const changed =
  'The source was changed while it was moved: something still writes to it. Stop every server on it and run the same command again; it goes on where it was.'

export interface Moving {
  source: Store
  target: Store
  /** Copies files that stand in the source as documents to where the target's server looks for them. */
  moveFiles: () => Promise<number>
  progress: WorkProgress
}

export interface Moved {
  databases: readonly Compared[]
  files: number
}

/** @throws StoreUnfinished, CliError; the target is then no whole store, and no server opens it */
export const move = async ({ source, target, moveFiles, progress }: Moving): Promise<Moved> => {
  await assertWhole(source)
  const names = (await databasesOf(source)).sort()
  if (!names.includes(accountsDatabase)) throw new CliError(`The ${source.kind} store has nothing to move`)
  const named = await (await source.database(accountsDatabase)).identity()
  const filling = await Filling.begin(target, { what: 'move', source: named })
  for (const name of names) await copyDatabase(name, { source, target, filling, progress })
  const files = await moveFiles()
  const databases: Compared[] = []
  for (const name of names) databases.push(await compared(name, { source, target, filling, progress }))
  if ((await databasesOf(source)).length !== names.length) throw new CliError(changed)
  await filling.end()
  return { databases, files }
}

interface Between {
  source: Store
  target: Store
  filling: Filling
  progress: WorkProgress
}

const bothOf = async (
  name: string,
  { source, target }: Between,
): Promise<{ from: Database; to: Database }> => ({
  from: await source.database(name),
  to: await target.database(name, optionsOf(name)),
})

const copyDatabase = async (name: string, between: Between): Promise<void> => {
  const { filling, progress } = between
  const { from, to } = await bothOf(name, between)
  await using reader = await from.reader()
  const identity = await from.identity()
  const begun = await filling.place(name, identity)
  progress.begin(`Copying ${name}`, await countDocuments(reader, { since: begun }))
  await copyLocals(reader, to)
  for await (const { changes, lastSeq } of changePages(reader, { since: begun })) {
    const writer = new CopyWriter(to)
    const ids = changes.map(({ id }) => id).filter((id) => !isFileDocument(name, id))
    for await (const copy of copiesOf(reader, ids)) await writer.add(copy)
    await writer.flush()
    await filling.reached(name, { identity, since: lastSeq })
    progress.add(changes.length)
  }
  progress.end()
}

/** Before the documents: a client's checkpoint must not be ahead of what is there. */
const copyLocals = async (reader: DatabaseReader, to: Database): Promise<void> => {
  let writing: Promise<void>[] = []
  for await (const { id, body } of localDocuments(reader)) {
    writing.push(to.putLocal(id, body))
    if (writing.length < localsAtOnce) continue
    await Promise.all(writing)
    writing = []
  }
  await Promise.all(writing)
}

const compared = async (name: string, between: Between): Promise<Compared> => {
  const { filling, progress } = between
  const { from, to } = await bothOf(name, between)
  const since = await filling.place(name, await from.identity())
  await using reader = await from.reader()
  await using copy = await to.reader()
  progress.begin(`Comparing ${name}`, await countDocuments(reader))
  const result = await compareDatabases({ name, from: reader, to: copy, onCompared: (n) => progress.add(n) })
  progress.end()
  if ((await from.changes({ since, limit: 1 })).changes.length > 0) throw new CliError(changed)
  if (result.differing > 0)
    throw new CliError(`${result.differing} documents of ${name} are not the same in both stores. ${changed}`)
  return result
}
