/** The lookups of documents: lists of them, what changed in those, and which files they name. */
import type { StoredDoc } from '../store/port.ts'

type Fields = Readonly<Record<string, unknown>>

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const instant = (value: unknown): string => {
  const ms = Date.parse(text(value))
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString()
}

/** The lists that a document stands in: name and value. */
const listsOf = (doc: StoredDoc): [string, string][] => {
  const lists: [string, string][] = [
    ['animal', text(doc['animalId'])],
    ['client', text(doc['clientId'])],
    ['category', text(doc['category'])],
  ]
  return [['all', ''], ...lists.filter(([, value]) => value !== '')]
}

const filesOf = (doc: Fields): string[] => {
  const older = Array.isArray(doc['versions']) ? (doc['versions'] as { sha256?: unknown }[]) : []
  return [...new Set([doc['sha256'], ...older.map(({ sha256 }) => sha256)].map(text))].filter(
    (hash) => hash !== '',
  )
}

/** The files that a record names and that are kept for it, by their SHA-256; none of what is no document. */
export const filesNamedBy = (doc: Fields): string[] =>
  doc['type'] !== 'document' || doc['purgedAt'] ? [] : filesOf(doc)

/** Of a removed one; `category` by when it was made, until its time of keeping is over. */
const removedKeys = (doc: StoredDoc): string[][] => {
  const category = ['document.removed.category', text(doc['category']), instant(doc['createdAt']), doc._id]
  return [['document.removed', instant(doc['deletedAt']), doc._id], ...(doc['purgedAt'] ? [] : [category])]
}

/**
 * `document.list` by when it was made, `document.modified` by its last change, removed ones too; `document.removed`
 * by when; `document.file` by each file that it names; `animal.history`.
 */
export const documentKeys = (doc: StoredDoc): string[][] => {
  const lists = listsOf(doc)
  const modified = lists.map((list) => ['document.modified', ...list, instant(doc['modifiedAt']), doc._id])
  const files = filesNamedBy(doc).map((hash) => ['document.file', hash, doc._id])
  if (typeof doc['deletedAt'] === 'string') return [...modified, ...files, ...removedKeys(doc)]
  const made = instant(doc['createdAt'])
  return [
    ...modified,
    ...files,
    ...lists.map((list) => ['document.list', ...list, made, doc._id]),
    ['animal.history', text(doc['animalId']), made, doc._id],
  ]
}
