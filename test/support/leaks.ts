/** What of one group's records no outsider may ever be told. */
import type { StoredDoc } from '../../sync/store/port.ts'
import type { TestServer } from './server.ts'

const shortest = 6
const instant = /^\d{4}-\d\d-\d\d(T[\d:.]+Z?)?$/
const mediaType = /^[a-z]+\/[\w.+-]+$/
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

const addStrings = (value: unknown, into: Set<string>): void => {
  if (typeof value === 'string') {
    if (value.length >= shortest && !instant.test(value) && !mediaType.test(value)) into.add(value)
  } else if (value !== null && typeof value === 'object')
    for (const entry of Object.values(value)) addStrings(entry, into)
}

const docsOf = async (server: TestServer, groupId: number): Promise<StoredDoc[]> => {
  const { db } = await server.context.groups.get(groupId)
  return await db.range({ from: '', to: '\uffff' })
}

const isAtSites = (doc: StoredDoc): boolean => ((doc['siteIds'] ?? []) as unknown[]).length > 0

/** Ids, names and texts that stand in some documents and in none of the others. */
export class Secrets {
  readonly #strings = new Set<string>()

  private constructor(hidden: readonly StoredDoc[], known: readonly StoredDoc[]) {
    const public_ = new Set<string>()
    for (const doc of known) for (const value of [doc, doc._id.split(':')]) addStrings(value, public_)
    for (const doc of hidden) for (const value of [doc, doc._id.split(':')]) addStrings(value, this.#strings)
    for (const text of public_) this.#strings.delete(text)
  }

  /** What group 1 has and group 2 has not. */
  static async ofGroup(server: TestServer): Promise<Secrets> {
    return new Secrets(await docsOf(server, 1), await docsOf(server, 2))
  }

  /** What group 1 keeps at its sites and has not for the whole group. */
  static async ofSites(server: TestServer): Promise<Secrets> {
    const docs = await docsOf(server, 1)
    return new Secrets(
      docs.filter(isAtSites),
      docs.filter((doc) => !isAtSites(doc)),
    )
  }

  /** What group 1 keeps of its clients, but for one of them. */
  static async ofOtherClients(server: TestServer, clientId: string): Promise<Secrets> {
    const docs = await docsOf(server, 1)
    const animals = docs
      .filter((doc) => doc['clientId'] === clientId)
      .map(({ _id }) => _id.split(':')[1] ?? '')
    const theirs = [clientId, ...animals]
    const known = (doc: StoredDoc): boolean =>
      !isAtSites(doc) ||
      doc._id.startsWith('reference:') ||
      theirs.some((id) => JSON.stringify(doc).includes(id))
    return new Secrets(
      docs.filter((doc) => !known(doc)),
      docs.filter(known),
    )
  }

  get size(): number {
    return this.#strings.size
  }

  /** The secrets that a text tells and `asked`, what its reader sent, does not hold already. */
  in(text: string, asked: string): string[] {
    const told = new Set<string>(text.match(uuid) ?? [])
    try {
      addStrings(JSON.parse(text), told)
    } catch {
      for (const word of text.split(/[\s"'<>,=]+/)) addStrings(word, told)
    }
    return [...told].filter((word) => this.#strings.has(word) && !asked.includes(word))
  }
}
