/** The settings of the server's edge: who may ask from where, how fast, how often, and over TLS. */
import { isIP } from 'node:net'
import { z } from 'zod'

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`))

const listed = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** `https://host`, `capacitor://localhost`: as a browser writes it into `Origin`, nothing after the host. */
const isOrigin = (text: string): boolean =>
  /^[a-z][a-z\d+.-]*:\/\/[^/?#@\s*]+$/.test(text) && URL.canParse(text) && text === text.toLowerCase()

const origins = z.string().transform((text, context): string[] => {
  const found = listed(text)
  for (const origin of found.filter((one) => !isOrigin(one)))
    context.addIssue({
      code: 'custom',
      message: `${origin} is no origin; write https://host, or https://host:port, as a browser does`,
    })
  return found
})

const names = new Set(['loopback', 'linklocal', 'uniquelocal'])

const isNetwork = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/')
  const most = isIP(address) === 4 ? 32 : 128
  const bitsFit = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most)
  return names.has(text) || (isIP(address) !== 0 && bitsFit && rest.length === 0)
}

/** Proxies in front: how many, or where they are. */
const proxies = z.string().transform((text, context): number | string[] => {
  if (/^\d{1,2}$/.test(text) && Number(text) <= 10) return Number(text)
  const found = listed(text)
  if (found.length > 0 && found.every(isNetwork)) return found
  context.addIssue({
    code: 'custom',
    message: 'must be a number up to 10, or addresses and networks separated by commas, e.g. 10.0.0.0/8',
  })
  return z.NEVER
})

const requests = wholeNumber(0, 1_000_000_000).optional()
const seconds = wholeNumber(1, 3600)

export const edgeSettings = {
  CORS_ORIGINS: origins
    .optional()
    .describe(
      'Origins of web pages that may ask the API and replicate from /sync in a browser, separated by commas, e.g. ' +
        '`https://www.hillside-vets.example,capacitor://localhost`. None where absent; in the demo those of this machine',
    ),
  TRUST_PROXY: proxies
    .default(0)
    .describe(
      'Proxies in front whose X-Forwarded-For and X-Forwarded-Proto are believed: their addresses and networks ' +
        '(`10.0.0.0/8,loopback`), or how many stand in a row where nobody can reach the server past them. 0: none',
    ),
  TLS_CERT_FILE: z
    .string()
    .optional()
    .describe(
      'Certificate chain in PEM; with TLS_KEY_FILE the server speaks HTTPS. Read again when it changes',
    ),
  TLS_KEY_FILE: z.string().optional().describe('Private key of TLS_CERT_FILE, in PEM'),
  HEADERS_TIMEOUT: seconds.default(15).describe('Seconds in which the head of a request has to come'),
  BODY_TIMEOUT: seconds
    .default(30)
    .describe(
      'Seconds in which the body of a request has to come, and one more for each 500 bytes that have come',
    ),
  RATE_LIMIT_ADDRESS: requests.describe(
    'Requests a minute from one address (20,000; in the demo 600,000). A whole practice may sit behind one. 0: no limit',
  ),
  RATE_LIMIT_KEY: requests.describe(
    'Requests a minute with one API key, of an app key from one address (12,000; in the demo 600,000). 0: no limit',
  ),
  RATE_LIMIT_USER: requests.describe(
    'Requests a minute of one user, on all their devices (6,000; in the demo 600,000). 0: no limit',
  ),
}

type EdgeValues = z.output<z.ZodObject<typeof edgeSettings>>

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** Requests a minute; 0: no limit. */
export type RateLimitKind = 'address' | 'key' | 'user'
export type RateLimitSettings = Readonly<Record<RateLimitKind, number>>

export interface EdgeConfig {
  /** Exact origins; `loopback`: any of this machine. */
  readonly corsOrigins: readonly string[] | 'loopback'
  readonly trustProxy: number | readonly string[]
  readonly tls: TlsFiles | undefined
  /** ms */
  readonly headersTimeoutMs: number
  /** ms; what of it is not used up by each 500 bytes is left for the rest */
  readonly bodyTimeoutMs: number
  readonly rateLimits: RateLimitSettings
}

const usualLimits: RateLimitSettings = { address: 20_000, key: 12_000, user: 6000 }
/** More than one machine answers: a demo is tried out, measured and stormed by its owner alone. */
const demoLimit = 600_000

export const edgeFaults = ({ TLS_CERT_FILE, TLS_KEY_FILE }: Partial<EdgeValues>): string[] =>
  (TLS_CERT_FILE === undefined) === (TLS_KEY_FILE === undefined)
    ? []
    : [`${TLS_CERT_FILE === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE'}: is needed beside the other one`]

export const edgeConfigOf = (values: EdgeValues, demo: boolean): EdgeConfig => {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = values
  const limit = (kind: RateLimitKind, given: number | undefined): number =>
    given ?? (demo ? demoLimit : usualLimits[kind])
  return {
    corsOrigins: values.CORS_ORIGINS ?? (demo ? 'loopback' : []),
    trustProxy: values.TRUST_PROXY,
    tls: certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined,
    headersTimeoutMs: values.HEADERS_TIMEOUT * 1000,
    bodyTimeoutMs: values.BODY_TIMEOUT * 1000,
    rateLimits: {
      address: limit('address', values.RATE_LIMIT_ADDRESS),
      key: limit('key', values.RATE_LIMIT_KEY),
      user: limit('user', values.RATE_LIMIT_USER),
    },
  }
}
