/** What each database is to have besides its documents. */
import { readFileSync } from 'node:fs'

/** Who may read and write (https://docs.couchdb.org/en/stable/api/database/security.html). */
export interface Security {
  admins: { names: string[]; roles: string[] }
  members: { names: string[]; roles: string[] }
}

export interface DesignDoc {
  _id: `_design/${string}`
  language: string
  [field: string]: unknown
}

/** A Mango index of ascending fields. */
export interface MangoIndex {
  ddoc: string
  name: string
  fields: string[]
}

export interface Wanted {
  security: Security
  designs: DesignDoc[]
  indexes: MangoIndex[]
}

/** Administrators alone, of whom the server is one: everybody else goes through the API. */
const security: Security = {
  admins: { names: [], roles: ['_admin'] },
  members: { names: [], roles: ['_admin'] },
}

/** A function as CouchDB is given it: the text of its file, without its name and what makes it a module. */
const source = (name: string): string => {
  const text = readFileSync(new URL(`design/${name}.js`, import.meta.url), 'utf8')
  return text
    .slice(text.indexOf('function '))
    .replace(/^function \w+/, 'function ')
    .trimEnd()
}

const groupDesign: DesignDoc = {
  _id: '_design/vetspace',
  language: 'javascript',
  // Built when somebody asks: in the background it would cost every upload, for what operators look at now and then.
  autoupdate: false,
  validate_doc_update: source('validate'),
  views: {
    conflicts: { map: source('conflicts') },
    byType: { map: source('by-type'), reduce: '_count' },
  },
}

/** For a support engineer's question; the server has an index of its own (sync/feed). */
const groupIndexes: MangoIndex[] = [
  { ddoc: 'vetspace-indexes', name: 'type-and-time', fields: ['type', 'modifiedAt'] },
]

const auditDesign: DesignDoc = {
  _id: '_design/vetspace',
  language: 'javascript',
  validate_doc_update: source('validate-audit'),
}

/** @param name of the database, without the prefix */
export const wantedFor = (name: string): Wanted => {
  if (/^group-\d+$/.test(name)) return { security, designs: [groupDesign], indexes: groupIndexes }
  return { security, designs: /^audit(-\d+)?$/.test(name) ? [auditDesign] : [], indexes: [] }
}
