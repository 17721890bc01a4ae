/** A group's lists for registering, from its reference documents: `reference:<kind>:<code>`. */
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'

export interface ListEntry {
  code: string
  name: string
}

interface ListDoc extends ListEntry {
  /** Its place in the list. */
  order: number
  /** Of a breed: the name of its species. */
  species?: string
  /** Of a type of consent. */
  description?: string
  contractual?: boolean
}

/** The entries of one kind, as the practice orders them. */
export const listOf = async (group: Group, kind: string): Promise<ListDoc[]> => {
  const prefix = `reference:${kind}:`
  const docs = await group.db.range({ from: prefix, to: `${prefix}\uffff` })
  const entries = docs as unknown as ListDoc[]
  return entries.sort((a, b) => (a.order ?? 0) - (b.order ?? 0) || a.name.localeCompare(b.name))
}

export interface Terms {
  version: string
  title: string
  text: string
}

/** The terms in force; undefined where the group has none. */
export const termsInForce = async (group: Group): Promise<Terms | undefined> => {
  const docs = await group.db.range({ from: 'reference:terms:', to: 'reference:terms:\uffff' })
  return docs.find((doc) => doc['inForce'] === true) as (StoredDoc & Terms) | undefined
}

export interface ConsentGrid {
  channels: ListEntry[]
  types: (ListEntry & { description: string | null; contractual: boolean })[]
}

export const consentGrid = async (group: Group): Promise<ConsentGrid> => {
  const [channels, types] = await Promise.all([listOf(group, 'consentMethod'), listOf(group, 'consentType')])
  return {
    channels: channels.map(({ code, name }) => ({ code, name })),
    types: types.map(({ code, name, description = null, contractual = false }) => ({
      ...{ code, name, description, contractual },
    })),
  }
}
