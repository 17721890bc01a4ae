/** Sites, practitioners and reasons of a group, from its reference documents; what one leaves out has its default. */
import {
  practitionerReference,
  siteReference,
  type PractitionerReference,
  type SiteReference,
} from '../contract/reference.ts'
import type { Group } from '../group.ts'

type Reads = Pick<Group, 'db'>

export const siteOf = async ({ db }: Reads, siteId: number): Promise<SiteReference | undefined> => {
  const doc = await db.get(`reference:site:${siteId}`)
  return doc && siteReference.parse(doc)
}

const all = async ({ db }: Reads, kind: string) => {
  const prefix = `reference:${kind}:`
  return await db.range({ from: prefix, to: `${prefix}\uffff` })
}

/** By their number. */
export const sitesOf = async (group: Reads): Promise<SiteReference[]> =>
  (await all(group, 'site')).map((doc) => siteReference.parse(doc)).sort((a, b) => a.siteId - b.siteId)

/** By name. */
export const practitionersOf = async (group: Reads): Promise<PractitionerReference[]> =>
  (await all(group, 'practitioner'))
    .map((doc) => practitionerReference.parse(doc))
    .sort((a, b) => a.name.localeCompare(b.name))
