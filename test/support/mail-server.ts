/** A real SMTP server on 127.0.0.1 that keeps what it is sent, and can be told to refuse. */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface Received {
  from: string
  to: string[]
  /** The letter as it came: head and parts. */
  source: string
  /** Over TLS. */
  secure: boolean
  user: string | undefined
}

export interface MailServer extends AsyncDisposable {
  port: number
  received: Received[]
  /** What it answers the next receivers with, instead of taking them. */
  refusals: { responseCode: number; message: string }[]
}

const certificate = (name: string): string =>
  readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8')

/** The authority of its certificate, which is its own. */
export const mailAuthority = new URL('certificates/first.cert.pem', import.meta.url).pathname

export const mailUser = { name: 'vetspace', password: 'Hay-Meadow-58-xq' }

export const startMailServer = async (
  options: SMTPServerOptions & { port?: number; host?: string } = {},
): Promise<MailServer> => {
  const received: Received[] = []
  const refusals: MailServer['refusals'] = []
  const { port = 0, host = '127.0.0.1', ...rest } = options
  const server = new SMTPServer({
    ...{ cert: certificate('first.cert.pem'), key: certificate('first.key.pem'), logger: false },
    ...{ authOptional: false, closeTimeout: 100, ...rest },
    onAuth({ username, password }, _session, done) {
      if (username === mailUser.name && password === mailUser.password) done(null, { user: username })
      else done(new Error('Those are not the ones'))
    },
    onRcptTo(_address, _session, done) {
      const refusal = refusals.shift()
      if (refusal) done(Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }))
      else done()
    },
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope
      text(stream).then(
        (source) => {
          const to = rcptTo.map(({ address }) => address)
          const from = mailFrom === false ? '' : mailFrom.address
          const user = typeof session.user === 'string' ? session.user : undefined
          received.push({ from, to, source, secure: session.secure, user })
          done()
        },
        (error: unknown) => done(error as Error),
      )
    },
  })
  server.on('error', () => undefined) // of a client that leaves in the middle, as refused ones do
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const { port: heard } = server.server.address() as AddressInfo
  return {
    ...{ port: heard, received, refusals },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** What a person reads in a letter's part, its transfer encoding undone. */
export const partOf = (source: string, kind: 'plain' | 'html'): string => {
  const [, head = '', body = ''] =
    new RegExp(`(content-type: text/${kind}[^]*?)\\r?\\n\\r?\\n([^]*?)(?=\\r?\\n--)`, 'i').exec(source) ?? []
  const encoding = /content-transfer-encoding: (\S+)/i.exec(`${source.slice(0, source.indexOf(body))}${head}`)
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8')
  if (!/quoted-printable/i.test(head) && !encoding) return body
  const bytes = body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
