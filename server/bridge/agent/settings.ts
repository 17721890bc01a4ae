/** The agent's settings: environment → validated. Every fault is told at once, in plain words. */
import { z } from 'zod'
import type { AllowRule } from '../../contract/bridge-agent.ts'
import { allowRule } from '../../contract/bridge-agent.ts'
import { ConfigError } from '../../config.ts'

const url = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'must be a URL that begins with http:// or https://',
  })
  .transform((text) => text.replace(/\/+$/, ''))

const truth = z.enum(['0', '1']).transform((text) => text === '1')

/** `GET,PUT /patients/*; GET /owners/**` */
const allowList = z.string().transform((text, context): AllowRule[] =>
  text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [methods = '', path = ''] = part.split(/\s+/, 2)
      const { data, error } = allowRule.safeParse({ methods: methods.toUpperCase().split(','), path })
      if (data) return [data]
      const [issue] = error.issues
      context.addIssue({ code: 'custom', message: `\`${part}\`: ${issue?.message ?? 'cannot be read'}` })
      return []
    }),
)

const shape = z.object({
  BRIDGE_SERVER: url.describe('The Vetspace server, e.g. https://api.example.com'),
  BRIDGE_ACCOUNT: z.string().min(1).describe('Account id'),
  BRIDGE_API_KEY: z.string().min(1).describe('An agent key of that account'),
  BRIDGE_DATA_DIR: z
    .string()
    .min(1)
    .default('./bridge-agent-data')
    .describe('Where the agent keeps what it has delivered; without it a write could be delivered twice'),
  BRIDGE_ALLOW: allowList
    .default([])
    .describe('What is let through: `GET,PUT /patients/*; GET /owners/**`. Nothing where it is empty'),
  PMS_URL: url.describe('The PMS’s HTTP API, e.g. http://127.0.0.1:8080/api'),
  PMS_AUTHORIZATION: z
    .string()
    .optional()
    .describe('`Authorization` for the PMS; the Vetspace server never has it'),
  PMS_DEDUPLICATES: truth
    .default(false)
    .describe(
      '1: the PMS does a request with the same `Idempotency-Key` once, so that one in doubt is sent again',
    ),
  PMS_USERS: truth.default(false).describe('1: the PMS verifies users and changes their passwords'),
  PMS_DOCUMENTS: truth.default(false).describe('1: the PMS takes documents'),
  PMS_PROBE: z
    .string()
    .regex(/^\/\S*$/, 'must begin with a slash')
    .default('/')
    .describe('A path that the PMS answers whenever it is up, with whatever status below 502'),
  PMS_TIMEOUT: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number of seconds')
    .transform(Number)
    .pipe(z.number().min(1).max(600))
    .default(30)
    .describe('Seconds for which the PMS may take to answer'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

export interface AgentSettings {
  server: string
  accountId: string
  apiKey: string
  dataDir: string
  allow: AllowRule[]
  pmsUrl: string
  pmsAuthorization: string | undefined
  deduplicates: boolean
  services: { users: boolean; documents: boolean }
  probe: string
  timeoutMs: number
  logLevel: string
}

/** Reads the settings. An empty variable counts as absent. @throws ConfigError */
export const readAgentSettings = (env: Readonly<Record<string, string | undefined>>): AgentSettings => {
  const given = Object.fromEntries(
    Object.keys(shape.shape).flatMap((key) => (env[key] ? [[key, env[key]] as const] : [])),
  )
  const { data, error } = shape.safeParse(given)
  if (!data) {
    const faults = error.issues.map(({ path, message }) => `  ${path.join('.')}: ${inWords(message)}`)
    throw new ConfigError(`The settings are not right:\n${faults.join('\n')}`)
  }
  return {
    ...{ server: data.BRIDGE_SERVER, accountId: data.BRIDGE_ACCOUNT, apiKey: data.BRIDGE_API_KEY },
    ...{ dataDir: data.BRIDGE_DATA_DIR, allow: data.BRIDGE_ALLOW, pmsUrl: data.PMS_URL },
    ...{ pmsAuthorization: data.PMS_AUTHORIZATION, deduplicates: data.PMS_DEDUPLICATES },
    ...{ services: { users: data.PMS_USERS, documents: data.PMS_DOCUMENTS }, probe: data.PMS_PROBE },
    ...{ timeoutMs: data.PMS_TIMEOUT * 1000, logLevel: data.LOG_LEVEL },
  }
}

const inWords = (message: string): string =>
  message.endsWith('received undefined') ? 'is required' : message
