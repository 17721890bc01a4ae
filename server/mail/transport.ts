/** Mail by SMTP (RFC 5321), over TLS wherever it leaves this machine. */
import type { Transporter } from 'nodemailer'
import type { Letter } from './letters.ts'

export interface MailSettings {
  /** `smtp://` goes over to TLS before anything is said (STARTTLS); `smtps://` begins with it. */
  readonly smtpUrl: string
  /** As it stands in the letter, `Hillside Vets <no-reply@hillside.example>`. */
  readonly from: string
  /** PEM of an authority that signed the mail server's certificate, beside those that everybody knows. */
  readonly authority?: string | undefined
}

/** Sends one letter; rejects with MailFailed. */
export type SendMail = (to: string, letter: Letter) => Promise<void>

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])
/** ms. Together less than the queue lets one attempt take. */
const timeouts = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
  dnsTimeout: 10_000,
}

/** What the mail server said, without the address that it may have repeated. */
export class MailFailed extends Error {
  override readonly name = 'MailFailed'
  /** Nodemailer's name for it, `EAUTH`, `ECONNECTION`, … */
  readonly reason: string
  /** SMTP's reply, where there was one. */
  readonly reply: number | null
  /** No further attempt will change it: the server refuses this receiver or this letter for good. */
  readonly final: boolean

  constructor(error: unknown) {
    const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
    const reason = typeof code === 'string' ? code : 'EUNKNOWN'
    const reply = typeof responseCode === 'number' ? responseCode : null
    super(`The mail was not taken (${reason}${reply === null ? '' : `, ${reply}`})`)
    this.reason = reason
    this.reply = reply
    this.final = reply !== null && reply >= 500 && (reason === 'EENVELOPE' || reason === 'EMESSAGE')
  }
}

export const smtpSender = (settings: MailSettings): SendMail => {
  const { from } = settings
  let transport: Promise<Transporter> | undefined
  return async (to, { subject, text, html }) => {
    try {
      transport ??= transportOf(settings)
      // An address of parts is taken as it is; a text would be read as a list.
      await (await transport).sendMail({ from, to: { name: '', address: to }, subject, text, html, headers })
    } catch (error) {
      // The error of the library repeats the receiver's address, so it is no cause to log.
      throw new MailFailed(error)
    }
  }
}

/** The library is loaded with the first letter: most starts send none. */
const transportOf = async ({ smtpUrl, authority }: MailSettings): Promise<Transporter> => {
  const { createTransport } = await import('nodemailer')
  const { hostname, protocol, port, username, password } = new URL(smtpUrl)
  const secure = protocol === 'smtps:'
  return createTransport({
    ...{
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
    },
    requireTLS: !secure && !loopback.has(hostname),
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    tls: { minVersion: 'TLSv1.2', ...(authority === undefined ? {} : { ca: authority }) },
    ...{ ...timeouts, disableFileAccess: true, disableUrlAccess: true },
  })
}

/** So that no machine answers it (RFC 3834). */
const headers = { 'Auto-Submitted': 'auto-generated' }
