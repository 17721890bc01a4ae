/** Reference documents of what a practice says of itself. Pure; over what stands the same file gives the same ids. */
import { hashUuid } from '../../sync/merge/hash.ts'
import { codeOf } from './code-of.ts'
import { contradictions, type Standing } from './contradictions.ts'
import { listKinds, PracticeFileRefused, type PracticeFile } from './practice-file.ts'

/** A reference document, without its envelope. */
export interface PracticeRecord {
  /** `<kind>:<id>`: what stands behind `reference:` */
  id: string
  /** Sites whose devices hold it; none: the whole group. */
  siteIds: number[]
  fields: Record<string, unknown> & { kind: string }
  /** The name made the id. */
  named?: boolean
}

/** Names of the records that stand, by `<kind>:<id>`. */
export type Names = ReadonlyMap<string, string>

/** The id of who has this name, or else the one that the name makes. */
const idOf = (groupId: number, kind: string, name: string, names: Names): string => {
  const found = [...names].find(([id, known]) => id.startsWith(`${kind}:`) && known === name)
  return found?.[0].slice(kind.length + 1) ?? hashUuid(`practice\n${groupId}\n${kind}\n${name}`)
}

/**
 * The records that a file makes of a group.
 * @throws PracticeFileRefused where it contradicts itself or what stands
 */
export const practiceRecords = (
  groupId: number,
  file: PracticeFile,
  standing: Standing & { names: Names },
): PracticeRecord[] => {
  const records = [
    ...file.sites.map((fields) => group(`site:${fields.siteId}`, { kind: 'site', ...fields })),
    ...file.practitioners.map(({ practitionerId: given, ...fields }): PracticeRecord => {
      const kind = 'practitioner'
      const practitionerId = given ?? idOf(groupId, kind, fields.name, standing.names)
      const { siteIds } = fields
      const record = { kind, ...fields, practitionerId }
      return { id: `${kind}:${practitionerId}`, siteIds, fields: record, named: given === undefined }
    }),
    ...(['reason', 'cancellationReason'] as const).flatMap((kind) =>
      file[`${kind}s`].map(({ reasonId: given, ...fields }): PracticeRecord => {
        const reasonId = given ?? idOf(groupId, kind, fields.name, standing.names)
        const record = group(`${kind}:${reasonId}`, { kind, ...fields, reasonId })
        return { ...record, named: given === undefined }
      }),
    ),
    ...listKinds.flatMap((kind) => listed(kind, file.lists[kind] ?? [])),
    ...(file.terms ? [group(`terms:${codeOf(file.terms.version)}`, termsOf(file.terms))] : []),
  ]
  const faults = [...contradictions(file, standing), ...ofOthers(records, standing), ...sameIds(records)]
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

/** A name that was another's before they were given a new one makes that record's id. */
const ofOthers = (records: readonly PracticeRecord[], { names }: { names: Names }): string[] =>
  records.flatMap(({ id, fields, named }) => {
    const other = names.get(id)
    return named && other !== undefined && other !== fields['name']
      ? [
          `${fields.kind} ${String(fields['name'])}: was the name of ${other} before; give it an id of its own`,
        ]
      : []
  })

const sameIds = (records: readonly PracticeRecord[]): string[] => {
  const seen = new Set<string>()
  return records.flatMap(({ id, fields }) => {
    const twice = seen.has(id)
    seen.add(id)
    return twice ? [`${fields.kind}: ${String(fields['name'])} is there twice`] : []
  })
}
