/** The settings: environment → validated, frozen Config. Every fault is reported at once, in plain words. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { edgeConfigOf, edgeFaults, edgeSettings, wholeNumber, type EdgeConfig } from './edge-settings.ts'
import { secretFaults, withSecretFiles } from './secrets.ts'
import { tracingConfigOf, tracingSettings } from './tracing/settings.ts'
import type { TracingSettings } from './tracing/tracing.ts'

/** A secret that signs tokens, and the name by which tokens say that it signed them. */
export interface SigningKey {
  kid: string
  secret: string
}

const minSecretLength = 32
const megabyte = 1024 * 1024

/** A `kid:secret`, or a bare secret whose kid is derived from it. */
const signingKey = (text: string): SigningKey => {
  const named = /^([A-Za-z0-9_-]{1,32}):(.*)$/s.exec(text)
  if (named?.[1] !== undefined && named[2] !== undefined) return { kid: named[1], secret: named[2] }
  return { kid: createHash('sha256').update(`kid ${text}`).digest('hex').slice(0, 8), secret: text }
}

const signingKeys = z.string().transform((text, context): SigningKey[] => {
  const keys = text.split(',').map((part) => signingKey(part.trim()))
  if (keys.some(({ secret }) => secret.length < minSecretLength))
    context.addIssue({
      code: 'custom',
      message: `each secret must have at least ${minSecretLength} characters`,
    })
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    context.addIssue({ code: 'custom', message: 'two secrets have the same name' })
  return keys
})

const urlOf = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that begins with ${protocols.map((p) => (p === 'mailto:' ? p : `${p}//`)).join(' or ')}`,
  })

/**
 * Every setting there is, by the name of its environment variable. Those that hold a secret (secrets.ts) may stand in
 * a file instead, which `NAME_FILE` names.
 */
export const settings = z.object({
  PORT: wholeNumber(0, 65_535).default(3000).describe('Port to listen on; 0 takes any free one'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for every one'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .describe('Where the embedded store, indexes and files are kept'),
  COUCHDB_URL: urlOf('http:', 'https:')
    .optional()
    .describe('A CouchDB in place of the embedded store, with the credentials of an administrator'),
  TOKEN_SECRET: signingKeys
    .optional()
    .describe(
      'Signs tokens: `secret` or `kid:secret`, several separated by commas. The first signs, all verify: a new one ' +
        'goes behind the old one on every server, then in front of it, and a day later the old one goes. At least 32 characters each. Needed outside the demo',
    ),
  SMTP_URL: urlOf('smtp:', 'smtps:')
    .optional()
    .describe(
      'Mail server for forgotten passwords and notices, `smtp://name:password@host:587` (goes over to TLS) or ' +
        '`smtps://…` (begins with it). Needs MAIL_FROM and PUBLIC_URL',
    ),
  SMTP_CA_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('PEM of a private authority that signed the mail server’s certificate'),
  MAIL_FROM: z
    .string()
    .regex(
      /^(?:[^<>"\r\n]+ <[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/,
      'must be an address, or `Name <address>`',
    )
    .optional()
    .describe('Whom mail is from, `Hillside Vets <no-reply@hillside.example>`'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much is logged'),
  FEEDBACK_URL: urlOf('https:', 'http:', 'mailto:')
    .default('mailto:developers@vetspace.dev')
    .describe('Where the link for feedback in /docs leads'),
  PUBLIC_URL: urlOf('https:', 'http:')
    .optional()
    .transform((text) => text?.replace(/\/+$/, ''))
    .describe('Where the server is reached from outside; the issuer of OAuth 2.0 and links in mail name it'),
  BODY_LIMIT: wholeNumber(1024, 256 * megabyte)
    .default(megabyte)
    .describe('Largest JSON body in bytes, inflated, where a call does not declare its own'),
  FILE_LIMIT: wholeNumber(1, 10_000 * megabyte)
    .default(100 * megabyte)
    .describe('Largest uploaded file in bytes'),
  S3_URL: urlOf('http:', 'https:')
    .optional()
    .describe(
      'A bucket of an S3-compatible store for the files, in place of the disk: ' +
        '`https://KEY:SECRET@host/bucket?region=eu-west-2`. Without credentials those of the machine’s role',
    ),
  COUCHDB_FILE_LIMIT: wholeNumber(0, 8 * megabyte)
    .default(0)
    .describe(
      'Files of up to so many bytes are kept in CouchDB, as attachments in their group’s database, so that they ' +
        'replicate with it. 0: none. Needs COUCHDB_URL',
    ),
  CLAMD_SOCKET: z
    .string()
    .regex(/^(?:\/.+|[^/:\s]+:\d{1,5})$/, 'must be the path of a socket, or host:port')
    .optional()
    .describe('clamd, asked about every file before it is kept: the path of its socket, or host:port'),
  BRIDGE_TIMEOUT: wholeNumber(1, 55)
    .default(20)
    .describe('Seconds for which a caller of the bridge waits for a practice’s PMS'),
  METRICS_TOKEN: z
    .string()
    .min(16, 'must have at least 16 characters')
    .optional()
    .describe('Bearer token for /metrics; without it only this machine is answered'),
  ...tracingSettings,
  AUDIT_KEEP_DAYS: wholeNumber(365, 36_500)
    .default(2557)
    .describe('Days for which the audit record is kept; 2557 are seven years'),
  ...edgeSettings,
  CHECK_RESPONSES: z
    .enum(['0', '1'])
    .default('0')
    .describe('1: every answer is checked against the contract; for tests'),
})

export interface Config extends EdgeConfig {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly couchdbUrl: string | undefined
  /** The first signs, all verify. Empty only in the demo, which then keeps one of its own in `dataDir`. */
  readonly signingKeys: readonly SigningKey[]
  readonly smtpUrl: string | undefined
  readonly smtpCaFile: string | undefined
  readonly mailFrom: string | undefined
  readonly logLevel: string
  readonly feedbackUrl: string
  readonly publicUrl: string | undefined
  readonly bodyLimit: number
  readonly fileLimit: number
  readonly s3Url: string | undefined
  /** Bytes; 0 for none in CouchDB. */
  readonly couchdbFileLimit: number
  readonly clamdSocket: string | undefined
  readonly bridgeTimeoutMs: number
  readonly metricsToken: string | undefined
  /** Absent where nothing is traced. */
  readonly tracing: TracingSettings | undefined
  readonly auditKeepDays: number
  readonly checkResponses: boolean
  readonly demo: boolean
}

/** The environment or the arguments are not as described; `message` has one line for each fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const faultsOfArguments = (args: readonly string[]): string[] =>
  args.filter((arg) => arg !== '--demo').map((arg) => `${arg}: no such option; there is --demo`)

/** The settings that are right by themselves, also where another one is not. */
const readable = (given: Readonly<Record<string, unknown>>): Partial<z.output<typeof settings>> =>
  Object.fromEntries(
    Object.entries(settings.shape).flatMap(([name, shape]) => {
      const { success, data } = z.safeParse(shape, given[name])
      return success ? [[name, data] as const] : []
    }),
  )

/** Reads the settings. An empty variable counts as absent. */
export const readConfig = (
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
): Config => {
  const demo = args.includes('--demo')
  const faults = faultsOfArguments(args)
  const filled = withSecretFiles(env, faults)
  const given = Object.fromEntries(
    Object.keys(settings.shape).flatMap((key) => (filled[key] ? [[key, filled[key]] as const] : [])),
  )
  const parsed = settings.safeParse(given)
  for (const issue of parsed.error?.issues ?? []) faults.push(`${issue.path.join('.')}: ${issue.message}`)
  if (!demo && given['TOKEN_SECRET'] === undefined && !env['TOKEN_SECRET_FILE'])
    faults.push(
      'TOKEN_SECRET: is needed outside the demo, or TOKEN_SECRET_FILE; `openssl rand -base64 48` makes one',
    )
  if (!demo) faults.push(...secretFaults(readable(given)))
  faults.push(...edgeFaults(parsed.data ?? {}))
  for (const name of ['MAIL_FROM', 'PUBLIC_URL'] as const)
    if (parsed.data?.SMTP_URL !== undefined && parsed.data[name] === undefined)
      faults.push(`${name}: is needed beside SMTP_URL`)
  if (parsed.data?.COUCHDB_FILE_LIMIT && parsed.data.COUCHDB_URL === undefined)
    faults.push('COUCHDB_FILE_LIMIT: needs COUCHDB_URL')
  if (!parsed.success || faults.length > 0)
    throw new ConfigError(`The settings are not right:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  const values = parsed.data
  return Object.freeze({
    port: values.PORT,
    host: values.HOST,
    dataDir: values.DATA_DIR,
    couchdbUrl: values.COUCHDB_URL,
    signingKeys: Object.freeze(values.TOKEN_SECRET ?? []),
    smtpUrl: values.SMTP_URL,
    smtpCaFile: values.SMTP_CA_FILE,
    mailFrom: values.MAIL_FROM,
    logLevel: values.LOG_LEVEL,
    feedbackUrl: values.FEEDBACK_URL,
    publicUrl: values.PUBLIC_URL,
    bodyLimit: values.BODY_LIMIT,
    fileLimit: values.FILE_LIMIT,
    s3Url: values.S3_URL,
    couchdbFileLimit: values.COUCHDB_FILE_LIMIT,
    clamdSocket: values.CLAMD_SOCKET,
    bridgeTimeoutMs: values.BRIDGE_TIMEOUT * 1000,
    metricsToken: values.METRICS_TOKEN,
    tracing: tracingConfigOf(values),
    auditKeepDays: values.AUDIT_KEEP_DAYS,
    ...edgeConfigOf(values, demo),
    checkResponses: values.CHECK_RESPONSES === '1',
    demo,
  })
}
