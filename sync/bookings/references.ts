/** Sites, practitioners and reasons of a group, from its reference documents; what one leaves out has its default. */
import {
  cancellationReasonReference,
  practitionerReference,
  reasonReference,
  siteReference,
  type PractitionerReference,
  type ReasonReference,
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

/** By name. */
export const reasonsOf = async (group: Reads): Promise<ReasonReference[]> =>
  (await all(group, 'reason'))
    .map((doc) => reasonReference.parse(doc))
    .sort((a, b) => a.name.localeCompare(b.name))

export const practitionerOf = async (
  { db }: Reads,
  practitionerId: string,
): Promise<PractitionerReference | undefined> => {
  const doc = await db.get(`reference:practitioner:${practitionerId}`)
  return doc && practitionerReference.parse(doc)
}

export const reasonOf = async ({ db }: Reads, reasonId: string): Promise<ReasonReference | undefined> => {
  const doc = await db.get(`reference:reason:${reasonId}`)
  return doc && reasonReference.parse(doc)
}

/** By name. */
export const cancellationReasonsOf = async (group: Reads) =>
  (await all(group, 'cancellationReason'))
    .map((doc) => cancellationReasonReference.parse(doc))
    .sort((a, b) => a.name.localeCompare(b.name))
