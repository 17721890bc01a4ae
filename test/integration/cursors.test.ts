/** Cursors: every list of the contract goes on with its own, as it was asked for, and takes no other. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { z } from 'zod'
import { api } from '../../server/contract/api.ts'
import type { CallSpec } from '../../server/contract/call.ts'
import { exampleDay, exampleIds } from '../../server/contract/example-records.ts'
import { put } from '../support/customer.ts'
import { callerFor, calls, requestOf, urlOf, type CallName } from '../support/example-runner.ts'
import { prepared } from '../support/prepared-examples.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>

interface List {
  name: CallName
  spec: CallSpec
  params: Json
  query: Json
}

const isOf = ({ query }: CallSpec, field: string): boolean => query !== undefined && field in query.shape
const begin = '2020-01-01T00:00:00Z'

/** What each list is asked for here: its example with what narrows it left out, so that it has several pages. */
const lists: List[] = calls
  .filter(([, spec]) => isOf(spec, 'cursor'))
  .map(([name, spec]) => {
    const { params, query } = requestOf(spec)
    const { groupId, siteId, surname } = query
    const given = { groupId, siteId, surname: surname && 'm' }
    const kept = Object.entries(given).filter(([, value]) => value !== undefined)
    return { name, spec, params, query: { ...Object.fromEntries(kept), limit: 1 } }
  })

/** Another value that a parameter may have. */
const otherValue = (schema: z.ZodType): string => {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as Json
  const options = (json['enum'] ?? (json['items'] as Json | undefined)?.['enum']) as string[] | undefined
  if (options?.[0] !== undefined) return options[0]
  if (json['type'] === 'integer') return '2'
  if (json['format'] === 'uuid') return randomUUID()
  if (json['format'] === 'date') return '2026-11-20'
  if (json['format'] === 'date-time') return '2021-01-01T00:00:00Z'
  return json['type'] === 'array' ? `client:${randomUUID()}` : 'something'
}

describe('the cursor of', () => {
  let server: TestServer
  const headers = new Map<CallName, Record<string, string>>()
  const cursors = new Map<CallName, string>()

  const ask = async ({ name, spec, params }: List, query: Json): Promise<Answer> =>
    await server.request(urlOf(spec, { params, query }), { headers: headers.get(name) ?? {} })
  const upload = async (call: string, deviceId: string, items: Json[]): Promise<void> => {
    const json = { deviceId, batchId: randomUUID(), sentAt: `${exampleDay}T17:00:00Z`, items }
    const { headers: vet } = await server.signIn('amelia.vet')
    expect((await server.request(`/v2/mobile/${call}`, { json, headers: vet })).status).to.equal(200)
  }

  /** Two edits of an animal's weight that did not see each other. */
  const disagreement = async (): Promise<void> => {
    const { headers: vet } = await server.signIn('amelia.vet')
    const id = randomUUID()
    const editedAt = `${exampleDay}T10:12:00Z`
    const data = { clientId: exampleIds.clientId, name: 'Bramble' }
    await upload('uploadAnimalItems', 'phone', [{ clientItemId: id, editedAt, data }])
    const { body } = await server.request(`/v2/mobile/animals/${id}`, { headers: vet })
    for (const [n, to] of [505_000, 498_500].entries()) {
      const edit = {
        id,
        baseRevision: body['revision'],
        editedAt,
        changes: { weightGrams: { from: null, to } },
      }
      await upload('uploadAnimalItems', `phone-${n}`, [{ clientItemId: randomUUID(), ...edit }])
    }
  }

  /** Two clients that the example's prospect may be. */
  const likeProspect = async (): Promise<void> => {
    const { title, firstName, lastName, phones, emails } = api.createProspectBooking.examples.body.prospect
    for (let n = 0; n < 2; n += 1)
      await put(await server.context.groups.get(1), 'client', {
        ...{ siteIds: [1, 2], title, firstName, lastName, address: null, phones, emails },
        ...{ deactivated: false, externalIds: [] },
      })
  }

  before(async () => {
    server = await startServer({ clock: { now: Date.parse(`${exampleDay}T18:00:00Z`) } })
    for (let n = 0; n < 2; n += 1) await disagreement()
    await upload('uploadAnimalItems', 'phone', [
      { clientItemId: randomUUID() },
      { clientItemId: randomUUID() },
    ])
    await likeProspect()
    for (const list of lists) {
      const caller = await callerFor(list.spec, server)
      headers.set(list.name, { ...caller.headers })
      Object.assign(list.params, (await prepared[list.name]?.(server, caller))?.params)
      const since = isOf(list.spec, 'modifiedSince') ? { modifiedSince: begin } : {}
      Object.assign(list.query, since)
      const { body, text } = await ask(list, list.query)
      expect(body['nextCursor'], `${list.name}: ${text}`).to.be.a('string')
      cursors.set(list.name, String(body['nextCursor']))
    }
  })
  after(() => server[Symbol.asyncDispose]())

  const expectRefused = async (list: List, query: Json, why: string): Promise<void> => {
    const { status, body, text } = await ask(list, query)
    const [{ path, message } = {}] = (body['errors'] ?? []) as Json[]
    expect([status, body['code'], path], `${why}: ${text}`).to.deep.equal([
      ...[400, 'INVALID_REQUEST', 'query.cursor'],
    ])
    expect(message).to.match(/ask for the first page again/)
  }

  for (const list of lists) {
    const { name, spec } = list
    const own = (): Json => ({ ...list.query, cursor: cursors.get(name) })

    it(`${name} goes on behind the page that it came with, however long the next is`, async () => {
      const first = (await ask(list, list.query)).body['items'] as Json[]
      const next = await ask(list, own())
      const longer = await ask(list, { ...own(), limit: 3 })
      expect([next.status, longer.status]).to.deep.equal([200, 200])
      const items = next.body['items'] as Json[]
      expect(items).to.not.deep.include(first[0])
      expect((longer.body['items'] as Json[]).slice(0, items.length)).to.deep.equal(items)
      if (!isOf(spec, 'modifiedSince')) return
      const { modifiedSince: _begun, ...rest } = own()
      expect((await ask(list, rest)).body['items'], 'modifiedSince need not come again').to.deep.equal(items)
    })

    it(`${name} is refused where it is cut short or not in its own letters`, async () => {
      const cursor = String(cursors.get(name))
      for (const cut of [1, 2, 3, 4, 5, Math.floor(cursor.length / 2), cursor.length - 1])
        await expectRefused(list, { ...own(), cursor: cursor.slice(0, -cut) }, `without the last ${cut}`)
      for (const other of [cursor.slice(1), `${cursor}A`, `${cursor}=`, cursor.toLowerCase()])
        await expectRefused(list, { ...own(), cursor: other }, other)
    })

    it(`${name} is refused by every other list`, async () => {
      for (const other of lists)
        if (other !== list)
          await expectRefused(other, { ...other.query, cursor: cursors.get(name) }, other.name)
    })

    it(`${name} is refused where anything else is asked for by now`, async () => {
      for (const [field, schema] of Object.entries<z.ZodType>(spec.query?.shape ?? {}))
        if (field !== 'cursor' && field !== 'limit')
          await expectRefused(list, { ...own(), [field]: otherValue(schema) }, field)
      for (const field of Object.keys(list.params)) {
        if (!spec.path.includes(`:${field}`)) continue
        const elsewhere = { ...list, params: { ...list.params, [field]: randomUUID() } }
        await expectRefused(elsewhere, own(), field)
      }
    })

    if (isOf(spec, 'modifiedSince'))
      it(`${name} is refused by its changes where it is of the whole list`, async () => {
        const { modifiedSince: _left, ...whole } = list.query
        const { body } = await ask(list, whole)
        if (body['nextCursor'] === null) return
        await expectRefused(list, { ...list.query, cursor: body['nextCursor'] }, 'modifiedSince')
      })

    if (spec.auth.kind === 'user' && spec.auth.roles.includes('vet') && !list.query['siteId'])
      it(`${name} is refused in another practice`, async () => {
        const { headers: sam } = await server.signIn('sam.seaview')
        const { status, body } = await server.request(urlOf(spec, { params: list.params, query: own() }), {
          headers: sam,
        })
        expect([status, body['errors']]).to.have.nested.property('[1][0].path', 'query.cursor')
      })
  }
})
