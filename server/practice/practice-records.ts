/** Reference documents of what a practice says of itself. Pure; the same file gives the same ids. */
import { hashUuid } from '../../sync/merge/hash.ts'
import { listKinds, PracticeFileRefused, type PracticeFile } from './practice-file.ts'

/** A reference document, without its envelope. */
export interface PracticeRecord {
  /** `<kind>:<id>`: what stands behind `reference:` */
  id: string
  /** Sites whose devices hold it; none: the whole group. */
  siteIds: number[]
  fields: Record<string, unknown> & { kind: string }
}

/** `A friend or neighbour` → `a-friend-or-neighbour` */
const codeOf = (name: string): string => {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const code = plain.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
  return code === '' ? hashUuid(name) : code
}

const idOf = (groupId: number, kind: string, name: string): string =>
  hashUuid(`practice\n${groupId}\n${kind}\n${name.trim()}`)

/**
 * The records that a file makes of a group.
 * @param known numbers of the sites that the group has already
 * @throws PracticeFileRefused where one names a site that there is not, or two have one id
 */
export const practiceRecords = (
  groupId: number,
  file: PracticeFile,
  known: readonly number[],
): PracticeRecord[] => {
  const records = [
    ...file.sites.map((fields) => group(`site:${fields.siteId}`, { kind: 'site', ...fields })),
    ...file.practitioners.map((fields): PracticeRecord => {
      const practitionerId = fields.practitionerId ?? idOf(groupId, 'practitioner', fields.name)
      const record = { kind: 'practitioner', ...fields, practitionerId }
      return { id: `practitioner:${practitionerId}`, siteIds: fields.siteIds, fields: record }
    }),
    ...(['reason', 'cancellationReason'] as const).flatMap((kind) =>
      file[`${kind}s`].map((fields) => {
        const reasonId = fields.reasonId ?? idOf(groupId, kind, fields.name)
        return group(`${kind}:${reasonId}`, { kind, ...fields, reasonId })
      }),
    ),
    ...listKinds.flatMap((kind) => listed(kind, file.lists[kind] ?? [])),
    ...(file.terms ? [group(`terms:${codeOf(file.terms.version)}`, termsOf(file.terms))] : []),
  ]
  const faults = [...unknownSites(file, known), ...sameIds(records)]
  if (faults.length > 0) throw new PracticeFileRefused(faults.join('\n'))
  return records
}

const group = (id: string, fields: PracticeRecord['fields']): PracticeRecord => ({ id, siteIds: [], fields })

const termsOf = (terms: object) => ({ kind: 'terms', ...terms, inForce: true })

interface ListEntry {
  code?: string | undefined
  name: string
  species?: string
}

/** In their order; breeds within their species. */
const listed = (kind: string, entries: readonly ListEntry[]): PracticeRecord[] => {
  const counts = new Map<string | undefined, number>()
  return entries.map((entry) => {
    const order = counts.get(entry.species) ?? 0
    counts.set(entry.species, order + 1)
    const within = entry.species === undefined ? '' : `${codeOf(entry.species)}-`
    const code = entry.code ?? `${within}${codeOf(entry.name)}`
    return group(`${kind}:${code}`, { kind, ...entry, code, order })
  })
}

const unknownSites = ({ sites, practitioners }: PracticeFile, known: readonly number[]): string[] => {
  const all = new Set([...known, ...sites.map(({ siteId }) => siteId)])
  return practitioners.flatMap(({ siteIds, rota }, i) => {
    const times = [...(rota?.weekly ?? []), ...(rota?.exceptions ?? []).flatMap(({ hours }) => hours)]
    const missing = [...siteIds, ...times.map(({ siteId }) => siteId)].find((id) => !all.has(id))
    return missing === undefined ? [] : [`practitioners.${i}: there is no site ${missing}`]
  })
}

const sameIds = (records: readonly PracticeRecord[]): string[] => {
  const seen = new Set<string>()
  return records.flatMap(({ id, fields }) => {
    const twice = seen.has(id)
    seen.add(id)
    return twice ? [`${fields.kind}: ${String(fields['name'])} is there twice`] : []
  })
}
