/** The user's sites, and the one they work at now. */
import { useState } from 'preact/hooks'
import { map } from 'rxjs'
import { useClient, useObservable } from './use.ts'

export interface SiteChoice {
  siteId: number
  name: string
  timeZone: string
}

const key = 'vetspace-site'

export const useSites = (): {
  sites: SiteChoice[]
  site: SiteChoice | undefined
  choose: (id: number) => void
} => {
  const { collections, user } = useClient()
  const [chosen, setChosen] = useState(Number(localStorage.getItem(key)))
  const sites = useObservable<SiteChoice[]>(
    () =>
      collections.reference.find({ selector: { kind: 'site' } }).$.pipe(
        map((found) =>
          found
            .map((doc) => doc.toMutableJSON() as unknown as SiteChoice)
            .filter(({ siteId }) => user?.siteIds.includes(siteId))
            .sort((a, b) => a.siteId - b.siteId),
        ),
      ),
    [],
    [collections],
  )
  const choose = (id: number): void => {
    localStorage.setItem(key, String(id))
    setChosen(id)
  }
  return { sites, site: sites.find(({ siteId }) => siteId === chosen) ?? sites[0], choose }
}

/** The names of the practice's vets and nurses, by their id. */
export const usePractitioners = (): ReadonlyMap<string, string> => {
  const { collections } = useClient()
  return useObservable<ReadonlyMap<string, string>>(
    () =>
      collections.reference
        .find({ selector: { kind: 'practitioner' } })
        .$.pipe(
          map((found) => new Map(found.map((doc) => [textAt(doc, 'practitionerId'), textAt(doc, 'name')]))),
        ),
    new Map(),
    [collections],
  )
}

const textAt = (doc: { get: (field: string) => unknown }, field: string): string => {
  const value = doc.get(field)
  return typeof value === 'string' ? value : ''
}
