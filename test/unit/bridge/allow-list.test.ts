/** Which paths an agent's list lets through. */
import { expect } from 'chai'
import fc from 'fast-check'
import { isAllowed, tidyPath } from '../../../server/bridge/allow-list.ts'
import { Seals } from '../../../server/bridge/sealing.ts'
import { readAgentSettings } from '../../../server/bridge/agent/settings.ts'

const rules = readAgentSettings({
  ...{ BRIDGE_SERVER: 'http://a', BRIDGE_ACCOUNT: 'a', BRIDGE_API_KEY: 'k', PMS_URL: 'http://b/' },
  BRIDGE_ALLOW: 'GET,PUT /patients/*; get /owners/** ;POST /visits',
}).allow

describe('an agent’s list of paths', () => {
  for (const [method, path, expected] of [
    ['GET', '/patients/42', true],
    ['PUT', '/patients/42', true],
    ['POST', '/patients/42', false],
    ['GET', '/patients', false],
    ['GET', '/patients/42/notes', false],
    ['GET', '/owners/1/animals/2', true],
    ['GET', '/owners', false],
    ['POST', '/visits', true],
    ['POST', '/Visits', false],
    ['GET', '/patients/a%2Fb', false],
    ['GET', '/owners/..', false],
    ['GET', '/owners/%2e%2e/patients', false],
    ['GET', '/owners//1', false],
    ['GET', '/owners/1%00', false],
    ['GET', '/owners/%zz', false],
    ['GET', 'patients/1', false],
  ] as const)
    it(`${expected ? 'takes' : 'refuses'} ${method} ${path}`, () => {
      expect(isAllowed(rules, { method, path })).to.equal(expected)
    })

  it('never lets a path through that leads somewhere else when it is sent', () => {
    const step = fc.oneof(
      fc.string(),
      fc.constantFrom('..', '.', '%2e%2e', '%2F', '\\', 'patients', '', '%5c..'),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), (steps) => {
        const path = tidyPath(`/owners/${steps.join('/')}`)
        if (path === undefined || !isAllowed(rules, { method: 'GET', path })) return
        expect(new URL(`http://pms${path}`).pathname).to.equal(path)
        expect(path).to.match(/^\/owners\/[^/]/)
      }),
      { numRuns: 2000 },
    )
  })

  it('tells every fault of the agent’s settings at once', () => {
    const env = { BRIDGE_SERVER: 'ftp://a', BRIDGE_ALLOW: 'DELETE /x; GET patients', PMS_TIMEOUT: 'long' }
    expect(() => readAgentSettings(env)).to.throw(
      /BRIDGE_SERVER[^]*BRIDGE_ACCOUNT: is required[^]*DELETE \/x[^]*GET patients[^]*PMS_URL[^]*PMS_TIMEOUT/,
    )
  })
})

describe('what is sealed in the store', () => {
  const key = (n: number) => ({ kid: `k${n}`, secret: `${n}`.repeat(40) })

  it('is opened by every server that knows the secret, also when another signs now', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = new Seals([key(1)]).seal(value)
        const plain = JSON.parse(JSON.stringify(value)) as unknown
        expect(new Seals([key(2), key(1)]).open(text)).to.deep.equal(plain)
        expect(new Seals([key(2)]).open(text)).to.equal(undefined)
      }),
      { numRuns: 100 },
    )
  })

  it('is not opened when a byte of it has changed', () => {
    const seals = new Seals([key(1)])
    const text = seals.seal({ password: 'x' })
    const [kid = '', data = ''] = text.split('.')
    const bytes = Buffer.from(data, 'base64')
    for (const at of [0, 13, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(seals.open(`${kid}.${changed.toString('base64')}`)).to.equal(undefined)
    }
    for (const broken of ['', 'k1', 'k1.', 'k1.AAAA']) expect(seals.open(broken)).to.equal(undefined)
  })
})
