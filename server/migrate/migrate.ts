/**
 * Brings stored documents from one version (`schemaVersion`) to the next, beside running servers. A step is a pure
 * function. Each document is written naming the revision that was read: of two who migrate, or a server that edits it
 * meanwhile, one wins, and the other reads it again. A document says its version itself, so whoever begins again, on
 * whatever machine, finds what is left to do; nothing else is kept.
 *
 * Servers that run meanwhile have to read both versions: a step is released after the readers that know what it makes.
 */
import type { Database, DatabaseReader, StoredDoc } from '../../sync/store/port.ts'
import { changePages } from '../../sync/store/transfer/walk.ts'
import { isAsItCame } from '../../sync/write/document.ts'

type Fields = Readonly<Record<string, unknown>>

export interface Migration {
  type: string
  /** The version that it takes; it makes the next one. */
  from: number
  /** For the person who runs it. */
  what: string
  /** Pure; the fields without `_id`, `_rev` and `schemaVersion`. */
  step: (fields: Fields) => Record<string, unknown>
}

export interface Migrated {
  what: string
  type: string
  from: number
  documents: number
  /** Ids, and the names of the fields that change: nothing of what they say. */
  examples: string[]
}

export interface Migrating {
  db: Database
  migrations: readonly Migration[]
  /** Counts and shows, and writes nothing. */
  dryRun: boolean
  onLooked: (documents: number) => void
}

const shownExamples = 3
/** A document that others change each time is left to the next run. */
const mostTries = 20

/** The next version of a document; undefined where no step takes it. */
const next = (doc: StoredDoc, migrations: readonly Migration[]) => {
  // What came by replication and nothing followed yet is its client's to say; the resolver's successor is migrated.
  if (isAsItCame(doc)) return undefined
  const migration = migrations.find(({ type, from }) => type === doc['type'] && from === doc['schemaVersion'])
  if (!migration) return undefined
  const { _id, _rev, _attachments, schemaVersion: _, ...fields } = doc
  const attachments = _attachments ? { _attachments } : {}
  const made: StoredDoc = {
    ...{ _id, _rev, ...attachments, ...migration.step(fields) },
    schemaVersion: migration.from + 1,
  }
  return { migration, made }
}

/** Every step for every document of a database; one after the other for those that are several versions behind. */
export const migrate = async (migrating: Migrating): Promise<Migrated[]> => {
  const { db, migrations, dryRun, onLooked } = migrating
  const report = new Map<Migration, Migrated>()
  await using reader = await db.reader()
  for await (const ids of idsOf(reader)) {
    let docs = (await db.getMany(ids)).filter((doc) => doc !== undefined)
    for (let tries = 0; docs.length > 0 && tries < mostTries; tries += 1)
      docs = await round(docs, { db, migrations, dryRun, report })
    onLooked(ids.length)
  }
  return [...report.values()]
}

async function* idsOf(reader: DatabaseReader): AsyncGenerator<string[]> {
  for await (const { changes } of changePages(reader))
    yield changes.filter(({ deleted }) => !deleted).map(({ id }) => id)
}

interface Round extends Omit<Migrating, 'onLooked'> {
  report: Map<Migration, Migrated>
}

/** Takes each document a version further. Resolves to those that may have more to be done. */
const round = async (
  docs: readonly StoredDoc[],
  { db, migrations, dryRun, report }: Round,
): Promise<StoredDoc[]> => {
  const steps = docs.flatMap((doc) => {
    const step = next(doc, migrations)
    return step ? [{ doc, ...step }] : []
  })
  const written = dryRun ? steps.map(() => undefined) : await db.write(steps.map(({ made }) => made))
  for (const [at, { doc, made, migration }] of steps.entries())
    if (written[at]?.ok !== false) count(report, migration, exampleOf(doc, made))
  if (dryRun) return steps.map(({ made }) => made)
  return (await db.getMany(steps.map(({ doc }) => doc._id))).filter((doc) => doc !== undefined)
}

const count = (report: Map<Migration, Migrated>, migration: Migration, example: string): void => {
  const { what, type, from } = migration
  const counted = report.get(migration) ?? { what, type, from, documents: 0, examples: [] }
  counted.documents += 1
  if (counted.examples.length < shownExamples) counted.examples.push(example)
  report.set(migration, counted)
}

const exampleOf = (before: StoredDoc, after: StoredDoc): string => {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  )
  return `${before._id}: ${fields.join(', ')}`
}
