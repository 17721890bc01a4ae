/** Secrets among the settings: from the environment or from files, and none that can be guessed. */
import { readFileSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** Settings that hold a secret; each may stand in a file that `NAME_FILE` names. */
export const secretSettings = [
  ...(['TOKEN_SECRET', 'COUCHDB_URL', 'SMTP_URL', 'S3_URL', 'METRICS_TOKEN'] as const),
  'OTEL_EXPORTER_OTLP_HEADERS',
] as const

/** The environment with the secrets of files in their places; what is wrong goes to `faults`. */
export const withSecretFiles = (env: Environment, faults: string[]): Environment => {
  const filled: Record<string, string | undefined> = { ...env }
  for (const name of secretSettings) {
    const file = env[`${name}_FILE`]
    if (!file) continue
    if (env[name]) {
      faults.push(`${name}_FILE: ${name} is given as well; keep one of them`)
      continue
    }
    try {
      filled[name] = readFileSync(file, 'utf8').trim()
      if (filled[name] === '') faults.push(`${name}_FILE: ${file} is empty`)
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException
      faults.push(`${name}_FILE: ${file} cannot be read (${code})`)
    }
  }
  return filled
}

const leastDistinct = 8
/** As they stand in examples, and are forgotten there. */
const usual =
  /change.?(?:me|it|this)|replace.?(?:me|this)|your.?(?:secret|token|key|password)|example|p[a@]ssw[o0]rd|secret.?(?:key|token)|default|insecure|placeholder|12345678|qwerty|letmein|s3cr3t|demo.?(?:practice|api.?key|app.?key)/i

/** Whether a text is made of one part that comes again and again. */
const isRepeated = (text: string): boolean => {
  const plain = text.replace(/[^\p{L}\p{N}]/gu, '')
  return [text, plain].some((one) => (one + one).indexOf(one, 1) < one.length)
}

/** Why a secret could be guessed, in words; undefined where nothing speaks against it. */
export const weakness = (secret: string): string | undefined => {
  if (new Set(secret).size < leastDistinct || isRepeated(secret)) return 'repeats itself and can be guessed'
  if (usual.test(secret)) return 'looks like one of an example'
  return undefined
}

const shortest = 12
const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** What is wrong with the password in the URL of a store, which anyone who can reach it could try. */
export const storeFault = (text: string): string | undefined => {
  const { hostname, username, password } = new URL(text)
  if (loopback.has(hostname)) return undefined
  if (username === '' || password === '') return 'needs a name and a password where it is not on this machine'
  const given = decodeURIComponent(password)
  if (given.length < shortest) return `its password must have at least ${shortest} characters`
  const why = given === decodeURIComponent(username) ? 'is the name as well' : weakness(given)
  return why && `its password ${why}`
}

/** A mail server that takes letters by address alone has no password to guess. */
const mailFault = (text: string): string | undefined => {
  const { hostname, password } = new URL(text)
  const why = loopback.has(hostname) || password === '' ? undefined : weakness(decodeURIComponent(password))
  return why && `its password ${why}`
}

interface Secrets {
  TOKEN_SECRET?: readonly { secret: string }[] | undefined
  METRICS_TOKEN?: string | undefined
  COUCHDB_URL?: string | undefined
  SMTP_URL?: string | undefined
}

/** What of the secrets is not fit for a server that others can reach. */
export const secretFaults = ({
  TOKEN_SECRET = [],
  METRICS_TOKEN,
  COUCHDB_URL,
  SMTP_URL,
}: Secrets): string[] => {
  const faults = TOKEN_SECRET.map(({ secret }) => weakness(secret)).filter((why) => why !== undefined)
  const metrics = METRICS_TOKEN === undefined ? undefined : weakness(METRICS_TOKEN)
  const couch = COUCHDB_URL === undefined ? undefined : storeFault(COUCHDB_URL)
  const mail = SMTP_URL === undefined ? undefined : mailFault(SMTP_URL)
  return [
    ...[...new Set(faults)].map((why) => `TOKEN_SECRET: ${why}; \`openssl rand -base64 48\` makes one`),
    ...(metrics ? [`METRICS_TOKEN: ${metrics}; \`openssl rand -base64 24\` makes one`] : []),
    ...(couch ? [`COUCHDB_URL: ${couch}`] : []),
    ...(mail ? [`SMTP_URL: ${mail}`] : []),
  ]
}
