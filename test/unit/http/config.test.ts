/** The settings, without a server. */
import { expect } from 'chai'
import { ConfigError, readConfig, settings } from '../../../server/config.ts'

const secret = 's'.repeat(32)

const faultsOf = (env: Record<string, string>, args: string[] = []): string => {
  try {
    readConfig(env, args)
    return ''
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError)
    return (error as ConfigError).message
  }
}

describe('the settings', () => {
  it('have defaults, but no secret outside the demo', () => {
    expect(readConfig({}, ['--demo'])).to.include({ port: 3000, host: '127.0.0.1', demo: true })
    expect(faultsOf({})).to.contain('TOKEN_SECRET: is needed')
    expect(readConfig({ TOKEN_SECRET: secret }).demo).to.equal(false)
  })

  it('report all faults at once', () => {
    const message = faultsOf({ PORT: '70000', LOG_LEVEL: 'loud', COUCHDB_URL: 'mysql://x' }, ['--fast'])
    for (const fault of ['PORT: ', 'LOG_LEVEL: ', 'COUCHDB_URL: ', 'TOKEN_SECRET: ', '--fast: '])
      expect(message).to.contain(fault)
  })

  it('never repeat a secret in a fault', () => {
    expect(faultsOf({ TOKEN_SECRET: 'tiny-secret', SMTP_URL: 'ftp://user:pass@host' })).not.to.match(
      /tiny-secret|pass@/,
    )
  })

  it('take several secrets, named or not; the first signs', () => {
    const { signingKeys } = readConfig({ TOKEN_SECRET: `b:${secret}2, a:${secret}1,${secret}3` })
    expect(signingKeys.map(({ kid }) => kid).slice(0, 2)).to.deep.equal(['b', 'a'])
    expect(signingKeys[0]?.secret).to.equal(`${secret}2`)
    expect(signingKeys[2]?.kid).to.match(/^[0-9a-f]{8}$/)
    expect(faultsOf({ TOKEN_SECRET: `a:${secret},a:${secret}x` })).to.contain('same name')
    expect(faultsOf({ TOKEN_SECRET: `a:${secret},b:short` })).to.contain('at least 32')
  })

  it('treat an empty variable as absent, and are frozen', () => {
    const config = readConfig({ TOKEN_SECRET: secret, PORT: '' })
    expect(config.port).to.equal(3000)
    expect(Object.isFrozen(config)).to.equal(true)
  })

  it('are each described', () => {
    for (const [key, type] of Object.entries(settings.shape)) expect(type.description, key).to.be.a('string')
  })
})
