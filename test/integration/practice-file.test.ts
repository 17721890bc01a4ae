/** `npm run cli -- practice …`: a practice that is made from nothing, by its file. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { CliError } from '../../server/cli/command.ts'
import { runCommand } from '../../server/cli/run.ts'
import { startServer, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>

const hours = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, opens: '09:00', closes: '17:00' }))
const surgery = { siteId: 1, name: 'Moor Surgery', timeZone: 'Europe/London', openingHours: hours }
const practice = {
  sites: [surgery],
  practitioners: [{ name: 'Moira Reed', siteIds: [1] }],
  reasons: [{ name: 'Consultation', durationMinutes: 30 }],
  lists: {
    title: ['Mr', 'Mrs', 'Dr'],
    species: ['Dog', 'Cat'],
    breed: [{ name: 'Whippet', species: 'Dog' }],
    consentMethod: ['E-mail'],
    consentType: [{ name: 'Care', contractual: true }],
  },
  terms: { version: '2026-01', title: 'Terms of business', text: 'Fees are due when we treat.' },
}

describe('A practice’s file', () => {
  let server: TestServer
  before(async () => {
    const config = { signingKeys: [{ kid: 'real', secret: 's'.repeat(48) }], demo: false }
    server = await startServer({ config, clock: { now: Date.parse('2026-06-15T08:00:00Z') } })
    await run('groups create', { group: '7', name: 'Moor Vets' })
  })
  after(() => server[Symbol.asyncDispose]())

  const run = (name: string, options: Record<string, string>) => runCommand({ name, options }, server.context)
  const set = (file: unknown, group = '7') =>
    run('practice set', { group, file: typeof file === 'string' ? file : JSON.stringify(file) })
  const refusal = async (file: unknown): Promise<string[]> =>
    await set(file).then(
      (lines) => [...lines],
      (error: unknown) => {
        expect(error).to.be.instanceOf(CliError)
        return (error as Error).message.split('\n')
      },
    )
  const signedIn = async (): Promise<{ ApiToken: string; ApiUserToken: string }> => {
    const [account = ''] = await run('accounts create', { name: 'Moor' })
    const key = { account: account.replace('account ', ''), kind: 'server', groups: '7' }
    const [, line = ''] = await run('keys create', key)
    const json = { accountId: key.account, apiKey: line.replace('apiKey ', '') }
    const ApiToken = String((await server.request('/v2/authentication/login', { json })).body['token'])
    const user = { username: 'moira', password: 'Three-Grey-Mares-9' }
    const who = { name: 'Moira Reed', roles: 'vet', sites: '1', group: '7' }
    await run('users create', { ...user, ...who })
    const asked = { json: user, headers: { ApiToken } }
    const { body } = await server.request('/v2/authentication/verifyUser', asked)
    return { ApiToken, ApiUserToken: String(body['userToken']) }
  }

  it('makes a practice that takes bookings and registers clients, outside the demo', async () => {
    const made = await set(practice)
    expect(made.filter((line) => line.startsWith('made'))).to.have.length(12)
    const headers = await signedIn()
    const get = async (where: string): Promise<Json> => {
      const { status, text, body } = await server.request(`/v2/${where}`, { headers })
      expect(status, text).to.equal(200)
      return body
    }
    const { slots } = await get('managedBookings/searchAvailability?siteId=1&from=2026-06-16&to=2026-06-16')
    expect(slots).to.have.length(32)
    expect(await get('mobile/retrieveDiariesForDay?siteId=1&date=2026-06-16')).to.have.property('diaries')
    expect((await get('registrations/titles?groupId=7'))['items']).to.deep.equal([
      { code: 'mr', name: 'Mr' },
      { code: 'mrs', name: 'Mrs' },
      { code: 'dr', name: 'Dr' },
    ])
    expect(await get('registrations/terms?groupId=7')).to.include({ version: '2026-01' })
  })

  it('changes nothing when it is given again, and tells what it changes, removes and leaves', async () => {
    expect(await set(practice)).to.deep.equal(['12 unchanged'])
    const later = { sites: [{ ...surgery, slotMinutes: 20 }], lists: { title: ['Dr', 'Mx'] } }
    const lines = await set(later)
    expect(lines.map((line) => line.replace(/ {2,}/g, ' '))).to.have.members([
      'changed site:1 Moor Surgery',
      'changed title:dr Dr',
      'made title:mx Mx',
      'removed title:mr Mr',
      'removed title:mrs Mrs',
      '0 unchanged',
    ])
    await set({ terms: { ...practice.terms, version: '2026-02' } })
    const [shown = ''] = await run('practice show', { group: '7' })
    const file = JSON.parse(shown) as typeof practice
    expect(file.terms.version).to.equal('2026-02')
    expect(file.practitioners).to.have.length(1)
    expect((await set(shown)).filter((line) => !line.endsWith('unchanged'))).to.deep.equal([])
  })

  it('is told line by line what is wrong, and then changes nothing', async () => {
    const before = await run('practice show', { group: '7' })
    expect((await refusal('{'))[0]).to.match(/^The file is no JSON/)
    const wrong = {
      sites: [{ ...surgery, timeZone: 'Europe/Atlantis', openingHours: [{ weekday: 1, opens: '9' }] }],
      vets: [],
    }
    const lines = await refusal(wrong)
    expect(lines.join('\n'))
      .to.contain('sites.0.timeZone: must be a time zone that there is')
      .and.contain('sites.0.openingHours.0.opens: must be a time of day')
      .and.contain('vets')
    const misspelt = { ...surgery, onlineBooking: { enabeld: false } }
    expect(await refusal({ sites: [misspelt] })).to.deep.equal([
      'sites.0.onlineBooking.enabeld: is not known',
    ])
    expect(await refusal({ practitioners: [{ name: 'A', siteIds: [9] }] })).to.deep.equal([
      'practitioners.0: there is no site 9',
    ])
    const [monday] = hours
    const rota = { weekly: [{ weekday: 1, siteId: 2, from: '09:00', to: '12:00' }] }
    const christmas = { date: '2026-12-25', hours: [] }
    const contradictory = {
      sites: [
        { ...surgery, openingHours: [monday, { ...monday, opens: '12:00' }] },
        { ...surgery, siteId: 2, exceptions: [christmas, christmas] },
      ],
      practitioners: [{ name: 'Moira Reed', siteIds: [1], rota }],
      lists: { breed: [{ name: 'Whippet', species: 'Dogg' }] },
    }
    expect(await refusal(contradictory)).to.deep.equal([
      'sites.0.openingHours.1: overlaps another time of the same weekday',
      'sites.1.exceptions.1: 2026-12-25 is there twice',
      'practitioners.0.rota: site 2 is not among siteIds',
      'lists.breed.0.species: Dogg is not in the list of species',
    ])
    expect(await refusal({ sites: [surgery, surgery] })).to.deep.equal(['site: Moor Surgery is there twice'])
    expect(await run('practice show', { group: '7' })).to.deep.equal(before)
    const nobody = await set(practice, '8').catch((error: unknown) => (error as Error).message)
    expect(nobody).to.equal('--group: there is no group 8')
  })

  it('knows a practitioner by the name that they have, and takes nobody for who had it before', async () => {
    const [made = ''] = await set({ practitioners: [{ name: 'Bob Fell', siteIds: [1] }] })
    const practitionerId = made.split(/ +/)[1]?.replace('practitioner:', '')
    await set({ practitioners: [{ practitionerId, name: 'Robert Fell', siteIds: [1] }] })
    expect(await set({ practitioners: [{ name: 'Robert Fell', siteIds: [1] }] })).to.deep.equal([
      '1 unchanged',
    ])
    expect(await refusal({ practitioners: [{ name: 'Bob Fell', siteIds: [1] }] })).to.deep.equal([
      'practitioner Bob Fell: was the name of Robert Fell before; give it an id of its own',
    ])
  })

  it('is taken as its page shows it', async () => {
    const page = await readFile(path.join(import.meta.dirname, '../../server/practice/README.md'), 'utf8')
    const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? []
    await run('groups create', { group: '9', name: 'Page Vets' })
    const lines = await set(example, '9')
    expect(lines.slice(0, -1).every((line) => line.startsWith('made'))).to.equal(true)
    expect(lines).to.have.length(18)
  })

  it('stands in the audit record', async () => {
    const query = { from: undefined, to: undefined, actor: undefined, subjects: [], after: undefined }
    const kinds = ['SETTINGS_CHANGED'] as const
    const { entries } = await server.context.audit.read(7, { ...query, kinds, limit: 1 })
    expect(entries[0]).to.deep.include({ actor: { kind: 'operator' } })
  })

  it('of the demo is shown as it is, and is read from a file by the command itself', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vetspace-practice-'))
    try {
      await using demo = await startServer({ dataDir: path.join(folder, 'data') })
      const show = { name: 'practice show', options: { group: '1' } }
      const [shown = ''] = await runCommand(show, demo.context)
      await writeFile(path.join(folder, 'practice.json'), shown)
      const args = ['practice', 'set', '--group', '1', path.join(folder, 'practice.json')]
      const env = { ...process.env, DATA_DIR: path.join(folder, 'data'), COUCHDB_URL: '' }
      const command = ['--import', 'tsx', 'server/cli/cli.ts', ...args]
      const { stdout } = await promisify(execFile)(process.execPath, command, { env })
      expect(stdout).to.match(/^\d+ unchanged\n$/)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
