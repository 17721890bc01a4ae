/** What in a practice's file cannot all be so. Pure; a line for each fault. */
import type { PracticeFile } from './practice-file.ts'

/** What the group has already. */
export interface Standing {
  /** Numbers of its sites. */
  siteIds: readonly number[]
  /** Names of its species. */
  species: readonly string[]
}

export const contradictions = (file: PracticeFile, standing: Standing): string[] => [
  ...file.sites.flatMap((site, i) => [
    ...overlaps(`sites.${i}.openingHours`, site.openingHours, (one) => [one.weekday, one.opens, one.closes]),
    ...overlaps(`sites.${i}.breaks`, site.breaks, (one) => [one.weekday, one.from, one.to]),
    ...twice(`sites.${i}.exceptions`, site.exceptions),
  ]),
  ...file.practitioners.flatMap((practitioner, i) =>
    ofPractitioner(`practitioners.${i}`, practitioner, file, standing),
  ),
  ...ofBreeds(file, standing),
]

type Practitioner = PracticeFile['practitioners'][number]

const ofPractitioner = (
  path: string,
  { siteIds, rota }: Practitioner,
  { sites }: PracticeFile,
  standing: Standing,
): string[] => {
  const known = new Set([...standing.siteIds, ...sites.map(({ siteId }) => siteId)])
  const weekly = rota?.weekly ?? []
  const exceptions = rota?.exceptions ?? []
  const worked = [...weekly, ...exceptions.flatMap(({ hours }) => hours)].map(({ siteId }) => siteId)
  const unknown = [...new Set([...siteIds, ...worked])].filter((id) => !known.has(id))
  const elsewhere = [...new Set(worked)].filter((id) => known.has(id) && !siteIds.includes(id))
  return [
    ...unknown.map((id) => `${path}: there is no site ${id}`),
    ...elsewhere.map((id) => `${path}.rota: site ${id} is not among siteIds`),
    ...overlaps(`${path}.rota.weekly`, weekly, (one) => [one.weekday, one.from, one.to]),
    ...twice(`${path}.rota.exceptions`, exceptions),
  ]
}

/** Times of one weekday that overlap. */
const overlaps = <T>(
  path: string,
  times: readonly T[],
  of: (time: T) => [weekday: number, from: string, to: string],
): string[] =>
  times.flatMap((one, i) => {
    const [weekday, from, to] = of(one)
    const other = times.slice(0, i).some((before) => {
      const [day, begins, ends] = of(before)
      return day === weekday && begins < to && from < ends
    })
    return other ? [`${path}.${i}: overlaps another time of the same weekday`] : []
  })

const twice = (path: string, exceptions: readonly { date: string }[]): string[] =>
  exceptions.flatMap(({ date }, i) =>
    exceptions.slice(0, i).some((before) => before.date === date)
      ? [`${path}.${i}: ${date} is there twice`]
      : [],
  )

const ofBreeds = ({ lists }: PracticeFile, standing: Standing): string[] => {
  const species = new Set(lists.species?.map(({ name }) => name) ?? standing.species)
  return (lists.breed ?? []).flatMap((breed, i) =>
    species.has(breed.species)
      ? []
      : [`lists.breed.${i}.species: ${breed.species} is not in the list of species`],
  )
}
