/** Carol, a customer of both demo groups, and records of theirs as the stores hold them. */
import { randomUUID } from 'node:crypto'
import { householdId } from '../../server/demo/households.ts'
import { demoRecord } from '../../server/demo/records.ts'
import type { Group } from '../../sync/group.ts'
import type { Headers, Json } from './global-caller.ts'
import type { Answer, TestServer } from './server.ts'

export const carolId = '6f1c8f0e-0000-4000-8000-000000000006'

export interface Customer {
  headers: Headers
  /** Her client record with each group. */
  clientIds: Readonly<Record<1 | 2, string>>
  get: (path: string) => Promise<Answer>
  send: (method: string, path: string, json: unknown, more?: Headers) => Promise<Answer>
  /** Every item of a list. */
  items: (path: string) => Promise<Json[]>
}

/** Signs Carol in; her account is linked to a client of group 2 as well. */
export const customerOf = async (server: TestServer): Promise<Customer> => {
  const clientIds = { 1: householdId(1, 0), 2: householdId(2, 1) } as const
  await server.request('/v2/global/connectNewUserToGroup', {
    json: { globalAccountId: carolId, groupId: 2, clientId: clientIds[2] },
    headers: { ApiToken: await server.login() },
  })
  const { headers } = await server.signIn('carol@example.com', { apiKey: 'demo-app-key' })
  const get: Customer['get'] = (path) => server.request(`/v2/clientLink/${path}`, { headers })
  return {
    ...{ headers, clientIds, get },
    send: (method, path, json, more = {}) =>
      server.request(`/v2/clientLink/${path}`, { method, json, headers: { ...headers, ...more } }),
    items: async (path) => (await get(path)).body['items'] as Json[],
  }
}

/** Stores a record as the write path would have, whatever its fields; its id. */
export const put = async (
  group: Group,
  type: string,
  data: Json & { siteIds: number[] },
  at = Date.now(),
): Promise<string> => {
  const id = randomUUID()
  const stamp = { groupId: group.groupId, at: new Date(at).toISOString() }
  const [written] = await group.db.write([demoRecord(type, id, stamp, data)])
  if (!written?.ok) throw new Error(`${type} was not written`)
  return id
}
