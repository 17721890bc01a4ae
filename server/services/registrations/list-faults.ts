/** Values that are to be from a list of the practice, where it has that list. */
import type { Group } from '../../../sync/group.ts'
import type { FieldError } from '../../http/problem.ts'
import { listOf } from './reference-lists.ts'

export interface Choice {
  path: string
  kind: string
  by: 'code' | 'name'
  value: string | null
}

export const animalChoices = (animals: readonly { species: string; sex: string | null }[]): Choice[] =>
  animals.flatMap(({ species, sex }, i): Choice[] => [
    { path: `animals.${i}.species`, kind: 'species', by: 'name', value: species },
    { path: `animals.${i}.sex`, kind: 'sex', by: 'name', value: sex },
  ])

/** Nobody is born tomorrow, wherever on the earth it is now. @param now ms since the epoch */
export const birthFaults = (
  animals: readonly { dateOfBirth: string | null }[],
  now: number,
): FieldError[] => {
  const last = new Date(now + 14 * 3_600_000).toISOString().slice(0, 10)
  return animals.flatMap(({ dateOfBirth }, i) =>
    dateOfBirth !== null && dateOfBirth > last
      ? [{ path: `animals.${i}.dateOfBirth`, message: 'must not be in the future' }]
      : [],
  )
}

/** A message for each value that its list does not have. */
export const listFaults = async (group: Group, choices: readonly Choice[]): Promise<FieldError[]> => {
  const given = choices.filter(({ value }) => value !== null)
  const kinds = [...new Set(given.map(({ kind }) => kind))]
  const lists = new Map(
    await Promise.all(kinds.map(async (kind) => [kind, await listOf(group, kind)] as const)),
  )
  return given.flatMap(({ path, kind, by, value }) => {
    const list = lists.get(kind) ?? []
    const known = list.length === 0 || list.some((entry) => entry[by] === value)
    return known ? [] : [{ path, message: 'choose one of the list' }]
  })
}
