/** All that a group holds of one client, by the ids of stored documents. */
import type { Group } from '../group.ts'
import type { Database, StoredDoc } from '../store/port.ts'
import { bareId, docId, typeOf } from '../write/document.ts'

const lookups = [
  ['client.appointments', 'appointment'],
  ['client.payments', 'payment'],
  ['invoice.client', 'invoice'],
  ['prescription.client', 'prescription'],
  ['reminder.client', 'reminder'],
] as const

const pageSize = 500

type Source = Pick<Group, 'db' | 'index'>

/** Stored ids of a client's records, the client first; each once. */
export const recordsOf = async ({ index }: Source, clientId: string): Promise<string[]> => {
  const idsUnder = async (prefix: readonly string[], type?: string): Promise<string[]> =>
    (await index.lookup(prefix)).flatMap((parts) => {
      const id = parts.at(-1)
      if (id === undefined) return []
      return [type === undefined ? id : docId(type, bareId(id))]
    })
  const animals = await idsUnder(['client.animals', clientId], 'animal')
  // As whom they booked before it was seen that they are this client.
  const prospects = await idsUnder(['client.prospects', clientId], 'client')
  const own = [`client:${clientId}`, `registration:${clientId}`, ...prospects, ...animals]
  for (const [name, type] of lookups) own.push(...(await idsUnder([name, clientId], type)))
  own.push(...(await idsUnder(['document.modified', 'client', clientId], 'document')))
  for (const appointment of own.filter((id) => typeOf(id) === 'appointment').map(bareId))
    own.push(...(await idsUnder(['appointment.reference', appointment], 'prospectBooking')))
  for (const animal of animals.map(bareId)) {
    own.push(...(await idsUnder(['animal.history', animal])))
    own.push(...(await idsUnder(['document.modified', 'animal', animal], 'document')))
  }
  return [...new Set(own)]
}

/** Documents by their ids, in pages, those that are there. */
export async function* documents(db: Database, ids: readonly string[]): AsyncGenerator<StoredDoc[]> {
  for (let at = 0; at < ids.length; at += pageSize) {
    const found = await db.getMany(ids.slice(at, at + pageSize))
    yield found.filter((doc) => doc !== undefined)
  }
}

/** Former states and edits of records, in pages. */
export async function* formerStates(db: Database, ids: readonly string[]): AsyncGenerator<StoredDoc[]> {
  for (const id of new Set(ids.map(bareId)))
    for (const kind of ['history', 'past'])
      for (let from = `${kind}:${id}:`, more = true; more;) {
        const docs = await db.range({ from, to: `${kind}:${id}:\uffff`, limit: pageSize })
        if (docs.length > 0) yield docs
        more = docs.length === pageSize
        from = `${docs.at(-1)?._id ?? ''}\u0000`
      }
}

/** What the server refused that names one of these records. */
export async function* rejectedNaming(db: Database, ids: readonly string[]): AsyncGenerator<StoredDoc[]> {
  const bare = new Set(ids.map(bareId))
  for (let from = 'rejected:', more = true; more;) {
    const docs = await db.range({ from, to: 'rejected:\uffff', limit: pageSize })
    const naming = docs.filter(({ item }) => names(item, bare))
    if (naming.length > 0) yield naming
    more = docs.length === pageSize
    from = `${docs.at(-1)?._id ?? ''}\u0000`
  }
}

const names = (value: unknown, ids: ReadonlySet<string>): boolean => {
  if (typeof value === 'string')
    return ids.has(value) || (value.length > 36 && [...ids].some((id) => value.includes(id)))
  return typeof value === 'object' && value !== null && Object.values(value).some((one) => names(one, ids))
}
