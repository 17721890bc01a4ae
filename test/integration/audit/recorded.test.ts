/** What people do stands in the audit record, and what a group administrator is shown of it. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { auditRuleOf } from '../../../server/audit/rule.ts'
import { runCommand } from '../../../server/cli/run.ts'
import { exampleIds } from '../../../server/contract/example-records.ts'
import type { CallSpec } from '../../../server/contract/call.ts'
import { demoPassword } from '../../../server/demo/practice.ts'
import { calls, isStream } from '../../support/example-runner.ts'
import { startServer, type Answer, type TestServer } from '../../support/server.ts'
import { Tenants } from '../../support/tenants.ts'

interface Item {
  id: string
  kind: string
  actor: { kind: string; userId?: string; keyId?: string }
  subjects: { type: string; id: string }[]
  detail: Record<string, unknown>
  call: string | null
  deviceId: string | null
  origin: string | null
  withdraws: string | null
}
type Headers = Record<string, string>

const shows = ({ auth }: CallSpec): boolean =>
  auth.kind === 'serverKey' ||
  auth.kind === 'keyMaybeUser' ||
  (auth.kind === 'user' && auth.roles.some((role) => role !== 'customer'))

describe('The audit record of calls', () => {
  let tenants: Tenants
  before(async () => {
    tenants = await Tenants.make()
  })
  after(() => tenants[Symbol.asyncDispose]())

  const all = async (): Promise<Item[]> => {
    const query = { from: undefined, to: undefined, kinds: [], actor: undefined, subjects: [] }
    const { audit } = tenants.server.context
    const pages = await Promise.all(
      ([1, 'installation'] as const).map((scope) =>
        audit.read(scope, { ...query, after: undefined, limit: 100_000 }),
      ),
    )
    return pages.flatMap(({ entries }) => entries) as unknown as Item[]
  }

  // What pulls and news leave is asked below: their examples show nothing of clients.
  const below = new Set(['syncPull', 'syncNews'])
  const asked = calls.filter(([name, spec]) => shows(spec) && !isStream(spec) && !below.has(name))
  for (const [name, spec] of asked) {
    const rule = auditRuleOf(spec)
    it(`${name}: ${rule ? `is recorded as ${rule.kind}` : 'leaves nothing in the record, as it says'}`, async () => {
      const before = new Set((await all()).map(({ id }) => id))
      const role = spec.auth.kind === 'user' ? spec.auth.roles[0] : 'vet'
      const headers = await tenants.headers({ place: 'own', role: role ?? 'vet' })
      const own = spec.errors.includes('AGENT_KEY_REQUIRED')
        ? { ApiToken: await tenants.server.login('demo-agent-key') }
        : headers
      const answer = await tenants.ask([name, spec], own)
      const added = async (): Promise<Item[]> =>
        (await all()).filter(({ id, call }) => !before.has(id) && call === name)
      let entries = await added()
      // A stream is recorded when it has gone, which its reader may see before the server does.
      while (rule && !rule.change && answer.status < 300 && entries.length === 0) entries = await added()
      if (!rule) return void expect(entries).to.deep.equal([])
      if (!rule.change && answer.status >= 300) return void expect(entries).to.deep.equal([])
      expect(entries.length, `${answer.status} ${answer.text.slice(0, 300)}`).to.be.at.least(1)
      for (const { kind, actor } of entries) {
        expect(kind).to.equal(rule.kind)
        expect(actor.kind).to.equal(spec.auth.kind === 'serverKey' ? 'key' : 'user')
      }
      const refused = answer.status >= 400 && answer.status < 500
      expect(entries.some(({ withdraws }) => typeof withdraws === 'string')).to.equal(rule.change && refused)
    })
  }

  it('holds no name, number, address or text of anybody, whatever was asked', async () => {
    const told = JSON.stringify(await all())
    for (const secret of ['Marsh', 'marsh', 'Carol', 'carol@', '960100', 'HD7', 'Drovers', 'amelia.vet'])
      expect(told, secret).not.to.include(secret)
    expect(told).not.to.match(/Demo-Practice|eyJ|demo-api-key/)
  })

  it('is whole after all that', async () => {
    const { intact, faults } = await tenants.server.context.audit.verify(1)
    expect([intact, faults]).to.deep.equal([true, []])
  })
})

describe('The audit record of people', () => {
  let server: TestServer
  let admin: Headers
  let vet: Headers
  before(async () => {
    server = await startServer()
    admin = (await server.signIn('gita.groupadmin')).headers
    vet = (await server.signIn('amelia.vet')).headers
  })
  after(() => server[Symbol.asyncDispose]())

  const listed = async (query: string, headers = admin): Promise<Item[]> => {
    const { status, body, text } = await server.request(`/v2/administration/audit?${query}`, { headers })
    expect(status, text).to.equal(200)
    return body['items'] as Item[]
  }
  const userId = async (name: string): Promise<string> =>
    (await server.context.accounts.user(name))?.userId ?? ''

  it('has sign-ins that worked, that did not, and that were locked, before they are answered', async () => {
    const amelia = await userId('amelia.vet')
    const [good] = await listed(`kind=SIGN_IN&actor=${amelia}`)
    expect(good).to.deep.include({ kind: 'SIGN_IN', subjects: [{ type: 'user', id: amelia }] })
    expect(good?.origin).to.have.length(16)
    for (let n = 0; n < 11; n += 1) await server.verify('ben.vet', 'not it')
    const ben = await userId('ben.vet')
    const bad = await listed(`kind=SIGN_IN_FAILED,SIGN_IN_LOCKED&subject=${ben}`)
    expect(bad.map(({ kind, actor }) => [kind, actor.kind])).to.deep.equal([
      ['SIGN_IN_LOCKED', 'unknown'],
      ['SIGN_IN_FAILED', 'unknown'],
    ])
    server.clock.now += 3_600_000
  })

  it('has who asks for a forgotten password, and refresh tokens that come again', async () => {
    const count = async (kind: string): Promise<number> => (await listed(`kind=${kind}&limit=500`)).length
    const asked = await count('PASSWORD_RESET_ASKED')
    const headers = { ApiToken: await server.login() }
    for (const username of ['ben.vet', 'amelia.vet']) {
      const forgotten = { json: { username }, headers }
      const { status } = await server.request('/v2/authentication/forgottenPassword', forgotten)
      expect(status).to.equal(202)
    }
    expect(await count('PASSWORD_RESET_ASKED')).to.equal(asked + 2)
    const { body } = await server.request('/v2/authentication/verifyUser', {
      json: { username: 'ben.vet', password: demoPassword },
      headers,
    })
    const refresh = async (refreshToken: unknown): Promise<Answer> =>
      await server.request('/v2/authentication/refreshUserToken', { json: { refreshToken }, headers })
    const second = await refresh(body['refreshToken'])
    expect((await refresh(second.body['refreshToken'])).status).to.equal(200)
    const reused = await count('TOKEN_REUSED')
    expect((await refresh(body['refreshToken'])).status).to.equal(401)
    expect(await count('TOKEN_REUSED')).to.equal(reused + 1)
    expect((await refresh(body['refreshToken'])).status, 'the session has ended').to.equal(401)
    expect(await count('TOKEN_REUSED')).to.equal(reused + 1)
  })

  it('has who read a client, and what was searched by, without the name that was typed', async () => {
    vet = (await server.signIn('amelia.vet')).headers
    admin = (await server.signIn('gita.groupadmin')).headers
    await server.request(`/v2/mobile/clients/${exampleIds.clientId}`, { headers: vet })
    await server.request('/v2/managedBookings/searchClients?surname=marsh&limit=5', { headers: vet })
    const [read] = await listed(`subject=${exampleIds.clientId}&kind=READ`)
    expect(read).to.deep.include({
      ...{ kind: 'READ', call: 'getClient', subjects: [{ type: 'client', id: exampleIds.clientId }] },
    })
    expect(read?.actor.userId).to.equal(await userId('amelia.vet'))
    const search = (await listed('kind=LISTED')).find(({ call }) => call === 'searchClients')
    expect(search?.detail['asked']).to.deep.equal({ surname: true, limit: 5 })
    expect(search?.detail['shown']).to.be.greaterThan(0)
  })

  it('has one entry for each page that a device pulls, and none for an empty one', async () => {
    const deviceId = randomUUID()
    const pull = async (checkpoint: unknown): Promise<unknown> => {
      const json = { deviceId, collection: 'clients', checkpoint, limit: 10_000 }
      const { body } = await server.request('/v2/mobile/sync/pull', { json, headers: vet })
      return body['checkpoint']
    }
    const { length } = await listed('kind=PULLED')
    await pull(await pull(null))
    const pulls = await listed('kind=PULLED')
    expect(pulls.length - length).to.equal(1)
    expect(pulls[0]).to.deep.include({ deviceId, call: 'syncPull' })
    expect(pulls[0]?.detail).to.deep.include({ asked: { deviceId, collection: 'clients', limit: 10_000 } })
    expect(pulls[0]?.detail['shown']).to.be.greaterThan(5)
  })

  it('has one entry for the news of all collections, and none where they tell of nobody', async () => {
    const deviceId = randomUUID()
    const ask = async (path: string, asked: object): Promise<Record<string, unknown>> =>
      (await server.request(`/v2/mobile/${path}`, { json: { deviceId, ...asked }, headers: vet })).body
    const { checkpoint } = await ask('sync/pull', { collection: 'clients', limit: 10_000 })
    const sentAt = new Date(server.clock.now).toISOString()
    const data = { lastName: 'Reed', siteIds: [1] }
    const items = [{ clientItemId: randomUUID(), editedAt: sentAt, data }]
    await ask('uploadClientItems', { batchId: '1', sentAt, items })
    const { length } = await listed('kind=PULLED')
    const added = async (): Promise<Item[]> => (await listed('kind=PULLED')).slice(0, -length)
    const codes = await ask('sync/news', { checkpoints: { treatmentCodes: null } })
    expect(codes['pages']).to.have.property('treatmentCodes')
    expect(await added()).to.deep.equal([])
    await ask('sync/news', { checkpoints: { treatmentCodes: null, clients: checkpoint } })
    const [entry, ...more] = await added()
    expect(more).to.deep.equal([])
    expect(entry).to.deep.include({ deviceId, call: 'syncNews' })
    expect(entry?.detail).to.deep.equal({ asked: { deviceId }, shown: 1 })
  })

  it('has what a replicating client fetched', async () => {
    const headers = { ApiUserToken: String(vet['ApiUserToken']) }
    await server.request('/sync/group-1/_all_docs?include_docs=true&limit=3', { headers })
    await server.request(`/sync/group-1/animal:${exampleIds.animalId}`, { headers })
    // They are told when the answer has gone, which the asker may see before the server does.
    let shown: Record<string, unknown>[] = []
    while (shown.length < 2) shown = (await listed('kind=REPLICATED')).map(({ detail }) => detail)
    expect(shown.map(({ database }) => database)).to.deep.equal(['group-1', 'group-1'])
    expect(shown[0]?.['shown']).to.be.at.least(1)
    expect(shown[1]?.['shown']).to.be.at.least(3)
  })

  it('has voids and reversals of uploads, with the device that they came from', async () => {
    const upload = async (type: string, item: object): Promise<Record<string, unknown>> => {
      const sentAt = new Date(server.clock.now).toISOString()
      const json = { deviceId: 'phone', batchId: '1', sentAt, items: [{ editedAt: sentAt, ...item }] }
      const { body } = await server.request(`/v2/mobile/upload${type}Items`, { json, headers: vet })
      const [result] = body['results'] as Record<string, unknown>[]
      expect(result?.['outcome'], JSON.stringify(result)).not.to.equal('REJECTED')
      return result ?? {}
    }
    const [treatment, payment, reversal] = [randomUUID(), randomUUID(), randomUUID()]
    const at = new Date(server.clock.now).toISOString()
    const line = { animalId: exampleIds.animalId, code: 'CONS', quantity: '1', treatedAt: at }
    const { revision } = await upload('Treatment', { clientItemId: treatment, data: line })
    await upload('Treatment', {
      ...{ clientItemId: randomUUID(), id: treatment, baseRevision: revision },
      changes: { voided: { from: null, to: { reason: 'wrong animal' } } },
    })
    const paid = { clientId: exampleIds.clientId, method: 'CASH', amount: 500, currency: 'GBP', takenAt: at }
    await upload('Payment', { clientItemId: payment, data: paid })
    await upload('Payment', {
      clientItemId: reversal,
      data: { ...paid, amount: -500, reversalOf: payment },
    })
    const entries = await listed('kind=VOIDED,REVERSED')
    expect(
      entries.map(({ kind, subjects, deviceId, detail }) => [kind, subjects[0]?.id, deviceId, detail]),
    ).to.deep.equal([
      ['REVERSED', payment, 'phone', { reversal }],
      ['VOIDED', treatment, 'phone', {}],
    ])
    expect(JSON.stringify(entries)).not.to.include('wrong animal')
  })

  it('has rights that an operator gives and takes', async () => {
    const { accounts, audit, store } = server.context
    const context = { accounts, audit, store, now: () => server.clock.now }
    const options = { username: 'new.nurse', name: 'New Nurse', roles: 'nurse', group: '1', sites: '1' }
    await runCommand({ name: 'users create', options }, context)
    await runCommand({ name: 'users set-sites', options: { username: 'new.nurse', sites: '1,2' } }, context)
    await runCommand({ name: 'users disable', options: { username: 'new.nurse' } }, context)
    const id = await userId('new.nurse')
    const entries = await listed(`subject=${id}`)
    expect(entries.map(({ kind, actor }) => [kind, actor.kind])).to.deep.equal([
      ['USER_DISABLED', 'operator'],
      ['USER_SITES_CHANGED', 'operator'],
      ['USER_MADE', 'operator'],
    ])
    expect(entries[1]?.detail).to.deep.equal({ roles: ['nurse'], siteIds: [1, 2] })
    const lines = await runCommand({ name: 'audit verify', options: { group: '1' } }, context)
    expect(lines[0]).to.match(/^intact: \d+ entries/)
    const list = await runCommand({ name: 'audit list', options: { group: '1', limit: '3' } }, context)
    expect(list).to.have.length(3)
  })

  it('is for the administrators of the group alone, each for their own, and says that they looked', async () => {
    const refused = await server.request('/v2/administration/audit', { headers: vet })
    expect([refused.status, refused.body['code']]).to.deep.equal([403, 'ROLE_NOT_ALLOWED'])
    const sam = (await server.signIn('sam.seaview')).headers
    await server.request('/v2/mobile/conflicts', { headers: sam })
    const sams = await userId('sam.seaview')
    expect(await listed(`actor=${sams}`)).to.deep.equal([])
    await listed('limit=1')
    const [looked] = await listed('kind=LISTED&limit=1')
    expect(looked?.call).to.equal('listAudit')
  })

  it('is verified, and an end that was noted has to be there', async () => {
    const verify = async (noted?: string): Promise<Record<string, unknown>> => {
      const query = noted === undefined ? '' : `?noted=${encodeURIComponent(noted)}`
      const { body, status, text } = await server.request(`/v2/administration/audit/verification${query}`, {
        headers: admin,
      })
      expect(status, text).to.equal(200)
      return body
    }
    const found = await verify()
    expect([found['intact'], found['faults']]).to.deep.equal([true, []])
    const [head] = found['heads'] as { block: string; hash: string }[]
    expect((await verify(`${head?.block} ${head?.hash}`))['intact']).to.equal(true)
    const other = `${head?.block.replace(/\d$/, (digit) => String((Number(digit) + 5) % 10))} ${head?.hash}`
    const { intact, faults } = await verify(other)
    expect([intact, (faults as { code: string }[])[0]?.code]).to.deep.equal([false, 'CUT_OFF'])
  })
})
