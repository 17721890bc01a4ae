/** On a page: a diary that can be used. */
import { combineLatest, filter, firstValueFrom, map, switchMap } from 'rxjs'
import type { VetspaceClient } from '../../../mobile-client-lib/src/index.ts'

/** Resolves when the day's appointments are there, with all of their clients and animals; with how many. */
export const untilDiary = async (
  { collections }: VetspaceClient,
  { from, to }: { from: string; to: string },
): Promise<number> => {
  const { appointments, clients, animals } = collections
  const selector = { startsAt: { $gte: from, $lt: to } }
  const whole$ = appointments.find({ selector }).$.pipe(
    filter((found) => found.length > 0),
    switchMap((found) => {
      const clientIds = [...new Set(found.map(({ clientId }) => clientId))]
      const animalIds = [...new Set(found.flatMap(({ animalIds }) => [...(animalIds ?? [])]))]
      return combineLatest([clients.findByIds(clientIds).$, animals.findByIds(animalIds).$]).pipe(
        filter(([byId, byAnimal]) => byId.size === clientIds.length && byAnimal.size === animalIds.length),
        map(() => found.length),
      )
    }),
  )
  return await firstValueFrom(whole$)
}
