/** GET /v2/registrations/titles, cities, counties, …: what a form offers to choose from. */
import { sitesOf } from '../../../sync/bookings/references.ts'
import type { Group } from '../../../sync/group.ts'
import type { KeyIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { fail } from '../../http/problem.ts'
import { groupFor } from '../global/premises.ts'
import { pageByPlace } from '../page-by-place.ts'
import { consentGrid, listOf, termsInForce } from './reference-lists.ts'

/** The group that a registration call names, where the key may see it; fails with UNKNOWN_GROUP. */
export const registrationGroup = async (
  app: AppContext,
  key: KeyIdentity,
  groupId: number,
): Promise<Group> => {
  if (!(await groupFor(app, { key }, groupId))) return fail('UNKNOWN_GROUP')
  return await app.groups.get(groupId)
}

const list =
  (kind: string): Handler<Api['titles']> =>
  async ({ caller, query }, app) => {
    const group = await registrationGroup(app, caller.key, query.groupId)
    const entries = (await listOf(group, kind)).map(({ code, name }) => ({ code, name }))
    return { status: 200, body: pageByPlace(entries, query) }
  }

export const titles = list('title')
export const cities = list('city')
export const counties = list('county')
export const species = list('species')
export const colours = list('colour')
export const sexes = list('sex')
export const clientCategories = list('clientCategory')
export const introducedBy = list('introducedBy')

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

export const breeds: Handler<Api['breeds']> = async (input, app) => {
  const { caller, query } = input
  const group = await registrationGroup(app, caller.key, query.groupId)
  const all = (await listOf(group, 'breed')).map(({ code, name, species: of = '' }) => ({
    ...{ code, name, species: of },
  }))
  const { species: asked } = query
  if (asked === undefined) return { status: 200, body: pageByPlace(all, query) }
  const listed = await listOf(group, 'species')
  const found = listed.find(({ code, name }) => same(name, asked) || same(code, asked))
  if (listed.length > 0 && !found)
    return input.fail('FIELDS_INVALID', {
      errors: [{ path: 'query.species', message: 'choose one of the list of species' }],
    })
  const wanted = all.filter((breed) => same(breed.species, found?.name ?? asked))
  return { status: 200, body: pageByPlace(wanted, query) }
}

export const registrationSites: Handler<Api['registrationSites']> = async ({ caller, query }, app) => {
  const group = await registrationGroup(app, caller.key, query.groupId)
  const sites = (await sitesOf(group)).map(({ siteId, name }) => ({ siteId, name }))
  return { status: 200, body: pageByPlace(sites, query) }
}

export const consentMethods: Handler<Api['consentMethods']> = async ({ caller, query }, app) => {
  const group = await registrationGroup(app, caller.key, query.groupId)
  const { channels, types } = await consentGrid(group)
  return { status: 200, body: { ...pageByPlace(channels, query), types } }
}

export const terms: Handler<Api['terms']> = async (input, app) => {
  const group = await registrationGroup(app, input.caller.key, input.query.groupId)
  const found = await termsInForce(group)
  if (!found) return input.fail('NOT_FOUND', { detail: 'This practice has no terms.' })
  const { version, title, text } = found
  return { status: 200, body: { version, title, text } }
}
