/** Two who register at the same time, also on two servers over one store. */
import { expect } from 'chai'
import { claimPerson } from '../../server/services/registrations/claims.ts'
import { codeOf, type Headers, type Json } from '../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

describe('Registering at once', () => {
  let server: TestServer
  let app: Headers
  before(async () => {
    server = await startServer()
    app = { ApiToken: await server.login('demo-app-key') }
  })
  after(() => server[Symbol.asyncDispose]())

  let people = 0
  const somebody = (more: Json = {}): Json => {
    const n = (people += 1)
    return {
      ...{ groupId: 1, siteId: 1, terms: { version: '2026-01', accepted: true } },
      client: {
        ...{ firstName: 'Zoë', lastName: `Ó ${'abcdefghij'[n]}hern`, phones: [`01632 9801${10 + n}`] },
        address: { line1: `${n} Weir Lane`, city: 'Stonebeck', postcode: `YY${n} 4LT` },
        emails: [`zoe${n}@example.org`],
      },
      ...more,
    }
  }
  const register = (json: unknown): Promise<Answer> =>
    server.request('/v2/registrations/registerClient', { json, headers: app })
  const claims = async (): Promise<unknown[]> => {
    const { db } = await server.context.groups.get(1)
    return await db.range({ from: 'registrationClaim:', to: 'registrationClaim:\uffff' })
  }

  it('makes one client of one person, and tells the others that they may be one', async () => {
    const body = somebody()
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(body)))
    expect(answers.map(codeOf).sort()).to.deep.equal([
      '201 undefined',
      ...Array.from({ length: 7 }, () => '409 POSSIBLE_DUPLICATE'),
    ])
    for (const { status, body: said } of answers)
      if (status === 409) expect(said['matchLevel']).to.equal('MATCHED')
    expect(await claims()).to.deep.equal([])
  })

  it('takes one who shares no more than a telephone for a possible duplicate too', async () => {
    const [one, other] = [somebody(), somebody()] as [Json & { client: Json }, Json & { client: Json }]
    other.client['phones'] = one.client['phones']
    const answers = await Promise.all([register(one), register(other)])
    expect(answers.map(codeOf).sort()).to.deep.equal(['201 undefined', '409 POSSIBLE_DUPLICATE'])
    expect(answers.find(({ status }) => status === 409)?.body['matchLevel']).to.equal('PARTIALLY_MATCHED')
  })

  it('lets everybody register who is somebody else, or wants to all the same', async () => {
    const others = await Promise.all([somebody(), somebody(), somebody()].map(register))
    const forced = somebody({ overrideDuplicate: true })
    const same = await Promise.all([register(forced), register(forced)])
    expect([...others, ...same].map(codeOf)).to.deep.equal(Array.from({ length: 5 }, () => '201 undefined'))
  })

  it('lets go of what it refused, and of what a server that died has left', async () => {
    const body = somebody() as Json & {
      client: Json & { lastName: string; phones: string[]; emails: string[] }
    }
    expect(codeOf(await register({ ...body, terms: { version: 'old', accepted: true } }))).to.equal(
      '409 TERMS_CHANGED',
    )
    expect(await claims()).to.deep.equal([])
    const group = await server.context.groups.get(1)
    const left = { person: body.client, clientId: 'left', at: server.clock.now }
    expect(await claimPerson(group, left)).to.include({ outcome: 'claimed' })
    expect(codeOf(await register(body))).to.equal('409 POSSIBLE_DUPLICATE')
    server.clock.now += 61_000
    expect((await register(body)).status).to.equal(201)
    expect(await claims()).to.deep.equal([])
  })

  it('refuses animals that are born tomorrow, and names that nobody can read', async () => {
    const wrong: [Json, string, string][] = [
      [
        { animals: [{ name: 'B', species: 'Dog', dateOfBirth: '2099-01-01' }] },
        'animals.0.dateOfBirth',
        '422',
      ],
      [{ animals: [{ name: 'B\u0000', species: 'Dog' }] }, 'animals.0.name', '400'],
      [{ animals: [{ name: '\u200b\u200b', species: 'Dog' }] }, 'animals.0.name', '400'],
    ]
    for (const [more, path, status] of wrong) {
      const answer = await register(somebody(more))
      expect(codeOf(answer).slice(0, 3), path).to.equal(status)
      expect((answer.body['errors'] as Json[]).map((one) => one['path'])).to.deep.equal([path])
    }
    const notes = 'First line\nSecond line: عربي 🐄'
    const fine = somebody({ animals: [{ name: '李', species: 'Dog', notes }] })
    expect((await register(fine)).status).to.equal(201)
  })
})
