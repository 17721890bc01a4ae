/** The settings, without a server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { ConfigError, readConfig, settings } from '../../../server/config.ts'

const secret = 'hQ7dVw2LpZ9sKx4TnB8mYc3RfJ6gUa1E'

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

  it('take secrets from files, one place for each', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vetspace-secrets-'))
    try {
      const file = path.join(folder, 'secret')
      await writeFile(file, `main:${secret}\n`)
      const { signingKeys } = readConfig({ TOKEN_SECRET_FILE: file })
      expect(signingKeys).to.deep.equal([{ kid: 'main', secret }])
      const couch = path.join(folder, 'couch')
      await writeFile(couch, 'https://vetspace:hQ7dVw2LpZ9sKx4T@couch.internal\n')
      expect(readConfig({ TOKEN_SECRET: secret, COUCHDB_URL_FILE: couch }).couchdbUrl).to.contain(
        'couch.internal',
      )
      expect(faultsOf({ TOKEN_SECRET: secret, TOKEN_SECRET_FILE: file })).to.contain('is given as well')
      expect(faultsOf({ TOKEN_SECRET_FILE: path.join(folder, 'none') })).to.contain('cannot be read (ENOENT)')
      await writeFile(file, ' \n')
      expect(faultsOf({ TOKEN_SECRET_FILE: file })).to.contain('is empty')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('refuse secrets that can be guessed, outside the demo', () => {
    for (const weak of [
      's'.repeat(48),
      'ab'.repeat(24),
      'hQ7dVw2L'.repeat(5),
      'please-change-me-before-going-live-2026',
      'my-secret-key-for-the-vetspace-servers-1',
      'hQ7dVw2LpZ9sKx4T-hQ7dVw2LpZ9sKx4T-hQ7dVw2LpZ9sKx4T',
      'Demo-Practice-2026-with-a-longer-end',
      'demo-api-key-demo-app-key-extra-demo',
    ]) {
      expect(faultsOf({ TOKEN_SECRET: weak }), weak).to.match(/TOKEN_SECRET: .*openssl rand/)
      expect(faultsOf({ TOKEN_SECRET: weak }), weak).not.to.contain(weak)
      expect(faultsOf({ TOKEN_SECRET: weak }, ['--demo']), weak).to.equal('')
    }
    expect(faultsOf({ TOKEN_SECRET: secret, METRICS_TOKEN: 'x'.repeat(20) })).to.contain('METRICS_TOKEN: ')
  })

  it('tell of those also beside a setting that is wrong', () => {
    const faults = faultsOf({ TOKEN_SECRET: 'ab'.repeat(24), RATE_LIMIT_KEY: 'x' })
    expect(faults).to.contain('TOKEN_SECRET: ').and.contain('RATE_LIMIT_KEY: ')
  })

  it('refuse a CouchDB that others can reach with a password that can be guessed', () => {
    const couch = (url: string): string => faultsOf({ TOKEN_SECRET: secret, COUCHDB_URL: url })
    expect(couch('http://couch.internal:5984')).to.contain('needs a name and a password')
    for (const password of ['admin', 'short-9', 'changeme-please', 'vetspace-couch'])
      expect(couch(`http://vetspace-couch:${password}@couch.internal:5984`), password).to.contain(
        'COUCHDB_URL: its',
      )
    expect(couch('http://vetspace:hQ7dVw2LpZ9sKx4T@couch.internal:5984')).to.equal('')
    expect(couch('http://admin:admin@127.0.0.1:5984'), 'on this machine').to.equal('')
  })

  it('take origins as browsers write them, and nothing wider', () => {
    const { corsOrigins } = readConfig({
      TOKEN_SECRET: secret,
      CORS_ORIGINS: 'https://a.example, capacitor://localhost,http://b.example:8080',
    })
    expect(corsOrigins).to.deep.equal(['https://a.example', 'capacitor://localhost', 'http://b.example:8080'])
    for (const bad of [
      '*',
      'https://*.example',
      'https://a.example/',
      'a.example',
      'null',
      'https://A.example',
    ])
      expect(faultsOf({ TOKEN_SECRET: secret, CORS_ORIGINS: bad }), bad).to.contain('CORS_ORIGINS: ')
    expect(readConfig({ TOKEN_SECRET: secret }).corsOrigins, 'by default').to.deep.equal([])
  })

  it('trust proxies by number or by network, and none by default', () => {
    const trusted = (text: string) => readConfig({ TOKEN_SECRET: secret, TRUST_PROXY: text }).trustProxy
    expect(readConfig({ TOKEN_SECRET: secret }).trustProxy).to.equal(0)
    expect(trusted('2')).to.equal(2)
    expect(trusted('loopback, 10.0.0.0/8,fd00::/8')).to.deep.equal(['loopback', '10.0.0.0/8', 'fd00::/8'])
    for (const bad of ['true', '11', '0.0.0.0/0', '10.0.0.0/33', 'proxy.example', '10.0.0.0/8/8'])
      expect(faultsOf({ TOKEN_SECRET: secret, TRUST_PROXY: bad }), bad).to.contain('TRUST_PROXY: ')
  })

  it('ask for what mail needs beside its server, and refuse a password for it that can be guessed', () => {
    const mail = (url: string, more: Record<string, string> = {}): string =>
      faultsOf({ TOKEN_SECRET: secret, SMTP_URL: url, ...more })
    const url = 'smtp://vetspace:hQ7dVw2LpZ9sKx4T@mail.hillside.example'
    const rest = { MAIL_FROM: 'Hillside <a@hillside.example>', PUBLIC_URL: 'https://api.hillside.example' }
    expect(mail(url)).to.contain('MAIL_FROM: is needed').and.contain('PUBLIC_URL: is needed')
    expect(mail(url, rest)).to.equal('')
    expect(mail('smtp://vetspace:changeme-now-please@mail.hillside.example', rest)).to.contain(
      'SMTP_URL: its',
    )
    for (const bad of ['nobody', 'a@b, c@d', 'A <a@b>\nBcc: <c@d>', 'a b@c'])
      expect(mail(url, { ...rest, MAIL_FROM: bad }), bad).to.contain('MAIL_FROM: ')
  })

  it('ask for both files of TLS', () => {
    expect(faultsOf({ TOKEN_SECRET: secret, TLS_CERT_FILE: '/x' })).to.contain('TLS_KEY_FILE: is needed')
    expect(faultsOf({ TOKEN_SECRET: secret, TLS_KEY_FILE: '/x' })).to.contain('TLS_CERT_FILE: is needed')
  })

  it('are each described', () => {
    for (const [key, type] of Object.entries(settings.shape)) expect(type.description, key).to.be.a('string')
  })
})
