/** Tenants apart beside the calls of the contract: the CouchDB protocol, streams of events, and pages. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { exampleIds } from '../../../server/contract/example-records.ts'
import { calls } from '../../support/example-runner.ts'
import { forgeries } from '../../support/forgeries.ts'
import { Secrets } from '../../support/leaks.ts'
import { rawRequest } from '../../support/raw-request.ts'
import type { Answer } from '../../support/server.ts'
import { Tenants, type Who } from '../../support/tenants.ts'

type Json = Record<string, unknown>

const examplesText = JSON.stringify(calls.map(([, { examples }]) => examples))
const ownDoc = `animal:${exampleIds.animalId}`
const noDoc = 'animal:deadbeef-09b2-81b9-89a5-5113378a0b91'
const rev = '1-bf85785d78eef38fd6cf9be3fad23448'

/** Every kind of request that the protocol has, aimed at a document. */
const protocolCalls = (doc: string): { path: string; method?: string; json?: unknown }[] => [
  { path: '' },
  { path: '/_changes?include_docs=true' },
  { path: '/_changes?style=all_docs&limit=5000' },
  { path: '/_changes?filter=_doc_ids&include_docs=true', json: { doc_ids: [doc] } },
  { path: '/_changes?filter=_selector&include_docs=true', json: { selector: { type: 'animal' } } },
  { path: '/_all_docs?include_docs=true' },
  { path: '/_all_docs?include_docs=true', json: { keys: [doc] } },
  { path: '/_revs_diff', json: { [doc]: [rev] } },
  { path: '/_bulk_get?revs=true', json: { docs: [{ id: doc }, { id: doc, rev }] } },
  { path: `/${encodeURIComponent(doc)}` },
  { path: `/${encodeURIComponent(doc)}?open_revs=all&revs=true` },
  { path: `/${encodeURIComponent(doc)}?rev=${rev}&latest=true&revs=true` },
  { path: `/${encodeURIComponent(doc)}/photo.jpg` },
  { path: '/_local/checkpoint' },
  { path: '/_ensure_full_commit', method: 'POST' },
]

/** Writes that no outsider may make. */
const protocolWrites = (doc: string): { path: string; method?: string; json?: unknown }[] => [
  { path: '/_bulk_docs', json: { docs: [{ _id: doc, _rev: rev, _deleted: true }] } },
  {
    path: '/_bulk_docs',
    json: { new_edits: false, docs: [{ _id: doc, _rev: `9-${'f'.repeat(32)}`, name: 'Mine' }] },
  },
  { path: `/${encodeURIComponent(doc)}`, method: 'PUT', json: { _rev: rev, name: 'Mine' } },
  { path: `/${encodeURIComponent(doc)}?rev=${rev}`, method: 'DELETE' },
]

const tricks = [
  '/sync/group-2/../group-1/_all_docs',
  '/sync/group-2/%2e%2e/group-1/_all_docs',
  '/sync/group-2%2f..%2fgroup-1/_all_docs',
  '/sync/group-2/..%2fgroup-1/_all_docs',
  '/sync/group-01/_all_docs',
  '/sync/GROUP-1/_all_docs',
  '/sync/group-1%00/_all_docs',
  '/sync/group-1%20/_all_docs',
  '/sync/group-+1/_all_docs',
  '/sync/group-1e0/_all_docs',
  '/sync/group-१/_all_docs',
  '/sync//group-1/_all_docs',
  '/sync/accounts/_all_docs',
  '/sync/uploads/_all_docs',
  '/sync/ledgers/_all_docs',
  '/sync/_all_dbs',
  '/sync/_users/_all_docs',
  '/sync/_replicator/_all_docs',
  '/sync/_node/_local/_config',
  '/sync/_utils/',
  '/sync/_up',
  '/sync/group-1/_security',
  '/sync/group-1/_design/x/_view/y',
  '/sync/group-2/_design%2F..%2F..%2Fgroup-1',
  '/sync/group-2/_design/../../group-1/_all_docs',
  '/sync/group-2/_local%2F..%2F..%2Faccounts',
  '/sync/group-2/..%5c..%5caccounts',
  '/sync/group-2/%E0%A4%A',
  '/sync/group-2/__proto__',
  '/sync/group-2/constructor',
  '/sync/group-2/animals/../../group-1/_all_docs',
]

describe('tenants beside the calls of the contract', () => {
  let tenants: Tenants
  let ofGroup: Secrets
  let ofSites: Secrets
  before(async () => {
    tenants = await Tenants.make()
    ofGroup = await Secrets.ofGroup(tenants.server)
    ofSites = await Secrets.ofSites(tenants.server)
  })
  after(() => tenants[Symbol.asyncDispose]())

  const vetOf = (place: Who['place']): Promise<Record<string, string>> =>
    tenants.headers({ place, role: 'vet' })
  const sync = async (
    name: string,
    { path, method, json }: { path: string; method?: string; json?: unknown },
    headers: Record<string, string>,
  ): Promise<Answer> =>
    await tenants.server.request(`/sync/${name}${path}`, {
      headers,
      ...(method === undefined ? {} : { method }),
      ...(json === undefined ? {} : { json }),
    })
  const ownSeq = async (): Promise<unknown> =>
    (await (await tenants.server.context.groups.get(1)).db.info()).updateSeq

  describe('the CouchDB protocol', () => {
    for (const name of ['group-1', 'group-1/animals'])
      it(`${name} is closed to who has no token, a forged one, or a role that may not replicate`, async () => {
        const { ApiUserToken = '', ApiToken = '' } = await vetOf('own')
        const forged = `${ApiUserToken.slice(0, -4)}AAAA`
        for (const call of [...protocolCalls(ownDoc), ...protocolWrites(ownDoc)]) {
          for (const headers of [
            {},
            { ApiToken },
            { ApiUserToken: ApiToken },
            { ApiUserToken: forged },
            { Authorization: `Bearer ${forged}` },
            { Authorization: 'Basic !!!' },
            { Authorization: `Basic ${Buffer.from('vet.own@example.org:wrong').toString('base64')}` },
          ] as Record<string, string>[]) {
            const { status, text } = await sync(name, call, headers)
            expect(status, `${call.path}: ${text}`).to.be.oneOf([401, 423])
          }
          for (const role of ['customer', 'groupAdmin'] as const) {
            const { status, text } = await sync(name, call, await tenants.headers({ place: 'own', role }))
            expect(status, `${role} ${call.path}: ${text}`).to.equal(403)
          }
        }
      })

    it('takes no token that somebody made up, and none that has run out', async () => {
      const { ApiUserToken = '' } = await vetOf('own')
      const ask = async (token: string): Promise<number[]> =>
        await Promise.all(
          [{ ApiUserToken: token }, { Authorization: `Bearer ${token}` }].map(
            async (headers) => (await sync('group-1', { path: '/_all_docs?limit=1' }, headers)).status,
          ),
        )
      expect(await ask(ApiUserToken), 'the token itself').to.deep.equal([200, 200])
      for (const [how, forge] of Object.entries(forgeries))
        expect(await ask(forge(ApiUserToken)), how).to.deep.equal([401, 401])
      const { clock } = tenants.server
      clock.now += 25 * 3_600_000
      const late = await ask(ApiUserToken)
      clock.now -= 25 * 3_600_000
      expect(late, 'a day later').to.deep.equal([401, 401])
    })

    it("another group's database is answered as one that does not exist", async () => {
      const headers = await vetOf('otherGroup')
      const before = await ownSeq()
      for (const call of [...protocolCalls(ownDoc), ...protocolWrites(ownDoc)]) {
        const [theirs, none] = await Promise.all(
          ['group-1', 'group-777'].map((name) => sync(name, call, headers)),
        )
        expect(theirs?.status, `${call.path}: ${theirs?.text}`).to.equal(404)
        expect([theirs?.status, theirs?.text]).to.deep.equal([none?.status, none?.text])
      }
      expect(await ownSeq()).to.equal(before)
    })

    it("another group's document is no document of one's own database", async () => {
      const headers = await vetOf('otherGroup')
      for (const call of protocolCalls(ownDoc)) {
        const { text, status } = await sync('group-2', call, headers)
        expect(ofGroup.in(text, ownDoc), `${call.path}: ${text.slice(0, 500)}`).to.deep.equal([])
        // 501: what the protocol has and this server says that it has not
        if (status !== 501) expect(status, call.path).to.be.lessThan(500)
      }
    })

    it("another site's documents are not told, not even that they are there, and not written", async () => {
      const headers = await vetOf('otherSite')
      const before = await ownSeq()
      const told: [unknown, unknown][] = []
      for (const doc of [ownDoc, noDoc])
        for (const [n, call] of [...protocolCalls(doc)].entries()) {
          const { text, status } = await sync('group-1', call, headers)
          expect(ofSites.in(text, ownDoc), `${call.path}: ${text.slice(0, 500)}`).to.deep.equal([])
          const essence = [status, text.replaceAll(doc, 'doc')]
          if (doc === ownDoc) told.push([call.path, essence])
          else if (!/_changes|^$|ensure/.test(call.path))
            expect(essence, call.path).to.deep.equal(told[n]?.[1])
        }
      for (const call of protocolWrites(ownDoc)) {
        const { status, text } = await sync('group-1', call, headers)
        const refused = status >= 400 || (status === 201 && /"error":"(forbidden|conflict)"/.test(text))
        expect(refused, `${JSON.stringify(call)}: ${status} ${text}`).to.equal(true)
      }
      expect(await ownSeq()).to.equal(before)
    })

    it('no trick with the path leads out of the own database', async () => {
      const headers = await vetOf('otherGroup')
      for (const path of tricks) {
        const text = await rawRequest(tenants.server.url, `GET ${path} HTTP/1.1`, headers)
        expect(text, path).to.match(/^HTTP\/1\.1 (4\d\d|501)/)
        expect(ofGroup.in(text, ownDoc), path).to.deep.equal([])
        expect(text, path).not.to.match(/LevelDB|leveldown|at .*\.ts:|ENOENT|\/tmp\//)
      }
    })
  })

  describe('streams of events', () => {
    for (const place of ['otherSite', 'otherGroup'] as const)
      it(`tell callers of ${place} nothing of what changes at the owner's`, async () => {
        const headers = await vetOf(place)
        const leaving = new AbortController()
        const stream = await fetch(`${tenants.server.url}/v2/mobile/sync/events?deviceId=d-${place}`, {
          headers,
          signal: leaving.signal,
        })
        const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
        await reader.read()
        const upload = async (call: string, item: Json, as: Record<string, string>): Promise<void> => {
          const items = [{ clientItemId: randomUUID(), editedAt: '2026-11-23T10:12:00Z', ...item }]
          const json = { deviceId: `u-${place}`, batchId: '1', sentAt: '2026-11-23T10:12:00Z', items }
          const { body } = await tenants.server.request(`/v2/mobile/${call}`, { headers: as, json })
          expect(JSON.stringify(body)).to.include('CREATED')
        }
        const owner = await vetOf('own')
        const { clientId } = exampleIds
        await upload('uploadAnimalItems', { data: { clientId, name: 'Owl', species: 'Cat' } }, owner)
        const siteIds = place === 'otherSite' ? [9] : [3]
        const client = { firstName: 'Mine', lastName: 'Own', siteIds }
        await upload('uploadClientItems', { data: client }, headers)
        let heard = ''
        while (!heard.includes('data:')) heard += (await reader.read()).value ?? ''
        leaving.abort()
        expect(heard).to.include('"collection":"clients"')
        expect(heard).not.to.include('animals')
      })
  })

  it('pages and descriptions tell nothing of any record', async () => {
    for (const path of [
      ...['/', '/docs', '/docs/', '/demo/', '/demo/settings.json', '/health'],
      ...[
        '/registrations/2',
        '/registrations/2/token',
        '/registrations/assets/form.js',
        '/registrations/777',
      ],
      ...[
        '/registrations/assets/..%2f..%2fconfig.ts',
        '/demo/..%2f..%2fpackage.json',
        '/demo/%2e%2e/package.json',
      ],
      ...[
        '/docs/assets/..%2f..%2f..%2fconfig.ts',
        '/owner.json',
        '/token-secret',
        '/.env',
        '/data/owner.json',
      ],
    ]) {
      const { status, text } = await tenants.server.request(path)
      // The demo page may not be built where the tests run.
      if (!path.startsWith('/demo')) expect(status, path).to.be.lessThan(500)
      expect(ofGroup.in(text, examplesText), path).to.deep.equal([])
      expect(text, path).not.to.include('SigningKey')
    }
  })
})
