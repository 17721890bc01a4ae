/** The lines of one visit, with the names of their codes. */
import { combineLatest, map, switchMap } from 'rxjs'
import type { TreatmentDoc } from '../../../src/index.ts'
import { useClient, useObservable } from '../use.ts'

export type VisitLine = TreatmentDoc & { name: string }

export const useVisitTreatments = (appointmentId: string, animalIds: readonly string[]): VisitLine[] => {
  const { collections } = useClient()
  return useObservable<VisitLine[]>(
    () =>
      combineLatest(
        animalIds.map((animalId) => collections.treatments.find({ selector: { animalId, appointmentId } }).$),
      ).pipe(
        switchMap((found) => {
          const lines = found.flat().map((doc) => doc.toMutableJSON())
          const codes = [...new Set(lines.flatMap(({ code }) => code ?? []))]
          return collections.treatmentCodes.findByIds(codes).$.pipe(
            map((byCode) =>
              lines
                .map((line) => ({
                  ...line,
                  name: line.description ?? byCode.get(line.code ?? '')?.name ?? line.code ?? 'Treatment',
                }))
                .sort((a, b) => (a.treatedAt < b.treatedAt ? -1 : 1)),
            ),
          )
        }),
      ),
    [],
    [appointmentId, animalIds.join()],
  )
}
