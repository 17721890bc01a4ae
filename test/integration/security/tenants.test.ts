/**
 * Tenants apart: every call of the contract, asked with what works for its owner by callers of another site and of
 * another group. Nothing of the owner's is told or written; an id that is not theirs is answered as one that is not.
 */
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { CallSpec } from '../../../server/contract/call.ts'
import { errorTable, type ErrorCode } from '../../../server/contract/errors.ts'
import { calls, type ExampleRequest } from '../../support/example-runner.ts'
import { Secrets } from '../../support/leaks.ts'
import { picture } from '../../support/pictures.ts'
import type { Answer } from '../../support/server.ts'
import { customersClient, roles, Tenants, type Place } from '../../support/tenants.ts'

const outsiders: readonly Place[] = ['otherSite', 'otherGroup']
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Fields that say whose something is, and the values that say group 1. Other ids of records are UUIDs. */
const ownNumbers: Readonly<Record<string, readonly unknown[]>> = { groupId: [1], siteId: [1, 2] }
/** Ids that belong to no group: made by the caller, or of a customer of any group. */
const nobodys = new Set(['clientItemId', 'globalAccountId'])

const isOwners = ([field, value]: [string, unknown]): boolean =>
  ownNumbers[field]?.includes(value) ??
  (field === 'deviceId' ||
    field === 'reference' ||
    field === 'path' ||
    (typeof value === 'string' && uuid.test(value) && !nobodys.has(field)))

/** Whether a body or a query names something of the owner's. */
const names = (value: unknown): boolean =>
  value !== null &&
  typeof value === 'object' &&
  Object.entries(value).some((entry) => (isOwners(entry) && entry[0] !== 'deviceId') || names(entry[1]))

const ownsOf = ({ params }: ExampleRequest): boolean => Object.entries(params).some(isOwners)

const missing = Object.entries(errorTable)
  .filter(([, { status }]) => status === 404)
  .map(([code]) => code as ErrorCode)

const rejected = ({ body }: Answer): boolean => {
  const results = body['results'] as { outcome: string }[] | undefined
  return results !== undefined && results.every(({ outcome }) => outcome === 'REJECTED')
}

const isEmpty = ({ body }: Answer): boolean =>
  Object.values(body).some((list) => Array.isArray(list) && list.length === 0)

/** What a refused stranger is told: nothing that a record which does not exist would not have told as well. */
const essence = ({ status, body }: Answer): unknown => [status, body['code'], body['detail'], body['errors']]

const withOtherIds = (value: unknown, field?: string): unknown => {
  if (field === 'reference' && typeof value === 'string') return [...value].reverse().join('')
  if (typeof value === 'string' && uuid.test(value)) return value.replace(/^.{8}/, 'deadbeef')
  if (Array.isArray(value)) return value.map((entry) => withOtherIds(entry))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withOtherIds(entry, key)]))
}

/** Uploads make a document of the caller's own, under the id of the owner's: after who asks for the owner's. */
const inOrder = [...calls].sort(([a], [b]) => Number(a === 'uploadDocument') - Number(b === 'uploadDocument'))

describe('the matrix of calls and tenants', () => {
  it('knows of every parameter in a path whose record it names', () => {
    const unknown = calls.flatMap(([name, spec]) =>
      Object.entries(spec.examples?.params ?? {})
        .filter((entry) => !isOwners(entry))
        .map(([field]) => `${name}: ${field}`),
    )
    expect(unknown, 'say in `isOwners` what these are').to.deep.equal([])
  })

  let tenants: Tenants
  let ofOtherClients: Secrets
  /** What everybody sends. */
  let sent: string[]
  let secrets: Record<'otherSite' | 'otherGroup', Secrets>
  before(async () => {
    tenants = await Tenants.make()
    sent = [
      'photo.jpg',
      createHash('sha256')
        .update(await picture())
        .digest('hex'),
    ]
    const { server } = tenants
    secrets = { otherSite: await Secrets.ofSites(server), otherGroup: await Secrets.ofGroup(server) }
    ofOtherClients = await Secrets.ofOtherClients(server, customersClient.otherSite[1])
    for (const place of outsiders)
      expect(secrets[place as 'otherSite'].size, 'secrets to be told').to.be.greaterThan(1000)
  })
  after(() => tenants[Symbol.asyncDispose]())

  const stateOfOwner = async (): Promise<unknown> => {
    const { groups, store } = tenants.server.context
    const accounts = await (await store.database('accounts')).range({ from: '', to: '\uffff' })
    const mine = accounts.filter(({ groupId, _id }) => groupId === 1 && !_id.startsWith('device:'))
    return [await (await groups.get(1)).db.info(), mine.map(({ _id, _rev }) => [_id, _rev])]
  }

  const callersOf = async (spec: CallSpec, place: Place): Promise<Record<string, Record<string, string>>> => {
    const { auth } = spec
    const key = { ApiToken: tenants.apiToken(place) }
    const app = { ApiToken: tenants.apiToken(place, 'app') }
    if (auth.kind === 'none') return {}
    // Of another site only users are: a key sees its whole group.
    const keys = place === 'otherGroup' ? { 'server key': key, 'app key': app } : {}
    const who = auth.kind === 'user' ? auth.roles : auth.kind === 'keyMaybeUser' ? roles : []
    // What group administrators alone may do, they do for the whole group.
    if (place === 'otherSite' && who.length === 1 && who[0] === 'groupAdmin') return {}
    const users = await Promise.all(
      who.map(async (role) => [role, await tenants.headers({ place, role })] as const),
    )
    return { ...(auth.kind === 'user' ? {} : keys), ...Object.fromEntries(users) }
  }

  for (const place of ['otherSite', 'otherGroup'] as const)
    for (const [name, spec] of inOrder) {
      const entry = [name, spec] as const
      it(`${name}: tells and does nothing to callers of ${place === 'otherSite' ? 'another site' : 'another group'}`, async () => {
        const request = tenants.requestOf(name)
        const asked = JSON.stringify([calls.map(([call]) => tenants.requestOf(call)), sent])
        for (const [caller, headers] of Object.entries(await callersOf(spec, place))) {
          const before = await stateOfOwner()
          const answer = await tenants.ask(entry, headers)
          const what = `${caller}: ${answer.status} ${answer.text.slice(0, 2000)}`
          const hidden = place === 'otherSite' && caller === 'customer' ? ofOtherClients : secrets[place]
          expect(hidden.in(answer.text, asked), what).to.deep.equal([])
          expect(answer.status, what).to.be.lessThan(500)
          if (place === 'otherGroup' || ownsOf(request))
            expect(await stateOfOwner(), `${what}: the owner's records have changed`).to.deep.equal(before)
          const asNone = (): Promise<Answer> =>
            tenants.ask(
              entry,
              { ...headers, 'Idempotency-Key': 'another' },
              withOtherIds(request) as ExampleRequest,
            )
          if (ownsOf(request)) {
            if (answer.status !== 403) expect(missing, what).to.include(answer.body['code'])
            expect(essence(answer), `${caller}: as an id that does not exist`).to.deep.equal(
              essence(await asNone()),
            )
          } else if (place === 'otherGroup' && (names(request.query) || names(request.body)))
            if (answer.status < 400 && !rejected(answer) && !isEmpty(answer))
              expect((await asNone()).status, `${what}: not as an id that does not exist`).to.equal(
                answer.status,
              )
        }
      })
    }
})
