/** POST /v2/registrations/registerClient */
import { levelOf } from '../../../sync/clients/find-matches.ts'
import type { MatchLevel } from '../../../sync/clients/matching.ts'
import type { Group } from '../../../sync/group.ts'
import { makeRecord } from '../../../sync/write/revise.ts'
import type { Api } from '../../contract/api.ts'
import type { BodyOf } from '../../contract/call.ts'
import type { Handler, Input, Reply } from '../../http/handler.ts'
import { apiActor } from '../api-actor.ts'
import { siteIsKnown } from '../global/premises.ts'
import { writeNew } from '../write-items.ts'
import { claimPerson } from './claims.ts'
import { consentFaults, wholeGrid } from './consents.ts'
import { animalChoices, birthFaults, listFaults, type Choice } from './list-faults.ts'
import { registrationGroup } from './lists.ts'
import { consentGrid, termsInForce, type ConsentGrid } from './reference-lists.ts'

type Call = Api['registerClient']
type Body = BodyOf<Call>

/** What is decided once, from what the group holds at the time. */
interface Plan {
  matchLevel: MatchLevel
  grid: ConsentGrid
}

export const registerClient: Handler<Call> = async (input, app) => {
  const { body } = input
  const group = await registrationGroup(app, input.caller.key, body.groupId)
  if (body.overrideDuplicate) return await register(input, group)
  const claim = { person: body.client, clientId: input.derivedId('client'), at: input.receivedAt }
  const claimed = await claimPerson(group, claim)
  if (claimed.outcome === 'busy')
    return input.fail('POSSIBLE_DUPLICATE', { extra: { matchLevel: claimed.matchLevel } })
  try {
    return await register(input, group)
  } finally {
    await claimed.release()
  }
}

const register = async (input: Input<Call>, group: Group): Promise<Reply<Call>> => {
  const { body } = input
  const plan = await input.planned(() => decide(input, group))
  const at = input.receivedAt
  const acceptedAt = new Date(at).toISOString()
  const clientId = input.derivedId('client')
  const actor = apiActor([body.siteId])
  const { doc: registered } = await makeRecord(
    group.db,
    {
      ...{ groupId: body.groupId, type: 'registration', id: clientId, siteIds: [body.siteId] },
      fields: {
        ...{ clientId, siteId: body.siteId, matchLevel: plan.matchLevel, registeredAt: acceptedAt },
        ...{ clientCategory: body.clientCategory, introducedBy: body.introducedBy },
        terms: body.terms && { version: body.terms.version, acceptedAt },
        consents: wholeGrid(body.consents, plan.grid).map((consent) => ({ ...consent, at: acceptedAt })),
      },
    },
    { by: actor.userId, at },
  )
  const writing = { group, actor, at }
  const client = { ...body.client, siteIds: [body.siteId] }
  await writeNew({ ...writing, type: 'client' }, [{ id: clientId, data: client }])
  const animals = body.animals.map((animal, i) => ({
    id: input.derivedId(`animal ${i}`),
    data: { ...animal, clientId, siteIds: [body.siteId] },
  }))
  await writeNew({ ...writing, type: 'animal' }, animals)
  const { registeredAt, terms, consents } = registered as unknown as Registered
  return {
    status: 201,
    body: {
      ...{ clientId, groupId: body.groupId, siteId: body.siteId, registeredAt, terms, consents },
      animals: animals.map(({ id, data }) => ({ animalId: id, name: data.name })),
    },
  }
}

interface Registered {
  registeredAt: string
  terms: { version: string; acceptedAt: string } | null
  consents: { type: string; channel: string; granted: boolean; at: string }[]
}

/** Fails where the registration cannot be; nothing is written yet. */
const decide = async (input: Input<Call>, group: Group): Promise<Plan> => {
  const { body } = input
  if (!(await siteIsKnown(group, body.siteId))) return input.fail('UNKNOWN_SITE')
  const grid = await consentGrid(group)
  const errors = [
    ...(await listFaults(group, choicesOf(body))),
    ...birthFaults(body.animals, input.receivedAt),
    ...consentFaults(body.consents, grid),
  ]
  const inForce = await termsInForce(group)
  if (inForce && !body.terms) errors.push({ path: 'terms', message: 'must be accepted' })
  if (errors.length > 0) return input.fail('FIELDS_INVALID', { errors })
  if (body.terms && body.terms.version !== inForce?.version)
    return input.fail('TERMS_CHANGED', { extra: { version: inForce?.version ?? null } })
  const matchLevel = await levelOf(group, body.client)
  if (matchLevel !== 'UNMATCHED' && !body.overrideDuplicate)
    return input.fail('POSSIBLE_DUPLICATE', { extra: { matchLevel } })
  return { matchLevel, grid }
}

const choicesOf = (body: Body): Choice[] => [
  { path: 'client.title', kind: 'title', by: 'name', value: body.client.title },
  { path: 'clientCategory', kind: 'clientCategory', by: 'code', value: body.clientCategory },
  { path: 'introducedBy', kind: 'introducedBy', by: 'code', value: body.introducedBy },
  ...animalChoices(body.animals),
]
