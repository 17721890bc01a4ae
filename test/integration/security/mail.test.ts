/** Mail, against a real SMTP server: letters that come, and a mail server that is away, refuses, or is another. */
import { expect } from 'chai'
import { demoPassword } from '../../../server/demo/practice.ts'
import { seedAccounts } from '../../../server/demo/seed.ts'
import { smtpSender } from '../../../server/mail/transport.ts'
import {
  mailAuthority,
  mailUser,
  partOf,
  startMailServer,
  type MailServer,
} from '../../support/mail-server.ts'
import { readFileSync } from 'node:fs'
import { borrowed, startServer, type TestServer } from '../../support/server.ts'

const better = 'Correct-Horse-47'
const minute = 60_000
const credentials = `${mailUser.name}:${encodeURIComponent(mailUser.password)}`

const settingsFor = (port: number, scheme = 'smtps'): Record<string, string> => ({
  SMTP_URL: `${scheme}://${credentials}@127.0.0.1:${port}`,
  SMTP_CA_FILE: mailAuthority,
  MAIL_FROM: 'Hillside Vets <no-reply@hillside.example>',
  PUBLIC_URL: 'https://api.hillside.example',
})

describe('mail', () => {
  let mail: MailServer
  let server: TestServer
  before(async () => {
    mail = await startMailServer({ secure: true })
  })
  after(() => mail[Symbol.asyncDispose]())
  beforeEach(async () => {
    server = await startServer({ env: settingsFor(mail.port), seed: seedAccounts })
    mail.received.length = 0
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const post = async (name: string, json: object, headers: Record<string, string> = {}) =>
    await server.request(`/v2/authentication/${name}`, {
      json,
      headers: { ApiToken: await server.login('demo-app-key'), ...headers },
    })
  const waiting = async (): Promise<number> => {
    const db = await server.context.store.database('accounts')
    return (await db.range({ from: 'mail:', to: 'mail:\uffff' })).length
  }
  const letter = (n = -1): string => mail.received.at(n)?.source ?? ''

  it('brings a link by which a new password is set, and then tells that it was', async () => {
    expect((await post('forgottenPassword', { username: 'amelia.vet' })).status).to.equal(202)
    await server.context.postman.work()
    const [first] = mail.received
    expect(first).to.include({ from: 'no-reply@hillside.example', secure: true, user: mailUser.name })
    expect(first?.to).to.deep.equal(['amelia.vet@example.com'])
    expect(letter()).to.match(/^subject: Hillside Vets: set a new password/im)
    expect(letter()).to.match(/^auto-submitted: auto-generated/im)
    const link = /https:\/\/api\.hillside\.example\/password\/1#(\S+)/.exec(partOf(letter(), 'plain'))
    const html = partOf(letter(), 'html')
    expect(html).to.contain(`href="${link?.[0]}"`).and.contain('lang="en"')
    expect(partOf(letter(), 'plain')).to.contain('Hello Amelia Hart,').and.contain('30 minutes')
    expect((await post('resetPassword', { resetToken: link?.[1], newPassword: better })).status).to.equal(204)
    await server.context.postman.work()
    expect(letter()).to.match(/^subject: Hillside Vets: your password was changed/im)
    expect(partOf(letter(), 'plain')).not.to.contain('#')
    expect((await server.verify('amelia.vet', better)).status).to.equal(200)
    expect(await waiting()).to.equal(0)
    expect(server.logged.join('')).not.to.match(/example\.com|resetToken|Amelia/)
  })

  it('goes to nobody for a name that is none, which is kept and answered alike', async () => {
    const known = await post('forgottenPassword', { username: 'ben.vet' })
    const unknown = await post('forgottenPassword', { username: 'nobody.here' })
    expect([unknown.status, unknown.text]).to.deep.equal([known.status, known.text])
    await server.context.postman.work()
    expect(mail.received.map(({ to }) => to)).to.deep.equal([['ben.vet@example.com']])
    expect(await waiting()).to.equal(0)
  })

  it('reaches a customer at the address of their account', async () => {
    await post('forgottenPassword', { username: 'carol@example.com' })
    await server.context.postman.work()
    expect(mail.received[0]?.to).to.deep.equal(['carol@example.com'])
    expect(partOf(letter(), 'plain')).to.match(/\/password\/[12]#/)
  })

  it('tells once of a sign-in that was locked, and of a password that its user changed', async () => {
    for (let i = 0; i < 13; i += 1) await server.verify('ben.vet', 'wrong')
    await server.context.postman.work()
    expect(mail.received).to.have.length(1)
    expect(letter()).to.match(/^subject: Hillside Vets: your sign-in is locked/im)
    const { headers } = await server.signIn('nina.nurse')
    await post('changePassword', { oldPassword: demoPassword, newPassword: better }, headers)
    await server.context.postman.work()
    expect(mail.received.at(-1)?.to).to.deep.equal(['nina.nurse@example.com'])
  })

  it('is tried again, longer each time, where the receiver is refused for the time being', async () => {
    mail.refusals.push(...Array.from({ length: 2 }, () => ({ responseCode: 451, message: 'greylisted' })))
    await post('forgottenPassword', { username: 'amelia.vet' })
    await server.context.postman.work()
    for (const passed of [minute - 1, 2]) {
      server.clock.now += passed
      await server.context.postman.work()
      expect([mail.received.length, await waiting()]).to.deep.equal([0, 1])
    }
    server.clock.now += 2 * minute
    await server.context.postman.work()
    expect([mail.received.length, await waiting()]).to.deep.equal([1, 0])
    const warnings = server.logged.filter((line) => line.includes('tried again'))
    expect(warnings.map((line) => (JSON.parse(line) as { reply: number }).reply)).to.deep.equal([451, 451])
    expect(server.logged.join('')).not.to.match(/amelia|greylisted/)
  })

  it('is given up where the receiver is refused for good', async () => {
    mail.refusals.push({ responseCode: 550, message: 'No such user' })
    await post('forgottenPassword', { username: 'amelia.vet' })
    await server.context.postman.work()
    expect([mail.received.length, await waiting()]).to.deep.equal([0, 0])
    expect(server.logged.join('')).to.contain('given up').and.not.contain('amelia')
  })

  it('waits in the store for a server that can send it, and holds no secret there', async () => {
    const { port } = mail
    await mail[Symbol.asyncDispose]()
    try {
      expect((await post('forgottenPassword', { username: 'amelia.vet' })).status).to.equal(202)
      await server.context.postman.work()
      const db = await server.context.store.database('accounts')
      const [doc] = await db.range({ from: 'mail:', to: 'mail:\uffff' })
      expect(Object.keys(doc ?? {})).to.have.members([
        '_id',
        '_rev',
        'type',
        'kind',
        'username',
        'groupId',
        'at',
        'tries',
        'notBefore',
      ])
    } finally {
      mail = await startMailServer({ secure: true, port })
    }
    server.clock.now += 2 * minute
    await using other = await startServer({
      ...{ env: settingsFor(port), seed: seedAccounts, clock: server.clock },
      openStore: () => Promise.resolve(borrowed(server.context.store)),
    })
    await Promise.all([other.context.postman.work(), server.context.postman.work()])
    expect(mail.received.map(({ to }) => to)).to.deep.equal([['amelia.vet@example.com']])
    expect(await waiting()).to.equal(0)
  })
})

describe('the way to the mail server', () => {
  const letter = { subject: 'x', text: 'x', html: '<p>x</p>' }
  const authority = readFileSync(mailAuthority, 'utf8')
  const from = 'a@hillside.example'
  const outcome = async (smtpUrl: string, trusted: string | undefined = authority): Promise<string> => {
    try {
      await smtpSender({ smtpUrl, from, authority: trusted })('b@example.com', letter)
      return 'sent'
    } catch (error) {
      expect(String(error)).not.to.match(/b@example|Hay-Meadow/)
      return (error as { reason: string }).reason
    }
  }

  it('goes over to TLS before the password is said (STARTTLS), with a certificate that is known alone', async () => {
    await using mail = await startMailServer()
    await using other = await startMailServer()
    expect(await outcome(`smtp://${credentials}@127.0.0.1:${mail.port}`)).to.equal('sent')
    expect(mail.received[0]).to.include({ secure: true, user: mailUser.name })
    expect(await outcome(`smtp://${credentials}@127.0.0.1:${other.port}`, 'none')).not.to.equal('sent')
    expect(other.received).to.deep.equal([])
  })

  it('says nothing to another machine that offers no TLS', async () => {
    // 127.0.0.2 is this machine as well, and counts as another.
    await using plain = await startMailServer({
      ...{ host: '127.0.0.2', hideSTARTTLS: true, allowInsecureAuth: true, disabledCommands: ['STARTTLS'] },
    })
    expect(await outcome(`smtp://${credentials}@127.0.0.2:${plain.port}`)).to.equal('ETLS')
    expect(plain.received).to.deep.equal([])
  })

  it('tells of a refused password by its name alone', async () => {
    await using mail = await startMailServer({ secure: true })
    expect(await outcome(`smtps://vetspace:Wrong-Meadow-58@127.0.0.1:${mail.port}`)).to.equal('EAUTH')
    expect(await outcome('smtps://127.0.0.1:1')).to.match(/^E/)
  })

  it('takes an address for one receiver, and a name for one line', async () => {
    await using mail = await startMailServer({ secure: true })
    const send = smtpSender({ smtpUrl: `smtps://${credentials}@127.0.0.1:${mail.port}`, from, authority })
    await send('b@example.com, c@example.com', letter).catch(() => undefined)
    await send('b@example.com', { ...letter, subject: 'a\r\nBcc: d@example.com' })
    expect(mail.received.flatMap(({ to }) => to)).not.to.include.members(['c@example.com'])
    expect(mail.received.flatMap(({ to }) => to)).not.to.include('d@example.com')
    expect(mail.received.at(-1)?.source).not.to.match(/^bcc:/im)
  })
})
