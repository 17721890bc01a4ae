/** The plan of the load test: how a call of the contract becomes a request, and in what order they are made. */
import { api } from '../../server/contract/api.ts'
import type { CallSpec } from '../../server/contract/call.ts'
import { jmxOf, type Sampler, type Settings } from './jmx.ts'
import { administrationSteps } from './steps-administration.ts'
import { bridgeSteps } from './steps-bridge.ts'
import { customerSteps } from './steps-customer.ts'
import { deskSteps } from './steps-desk.ts'
import { documentSteps } from './steps-documents.ts'
import { onceSteps } from './steps-once.ts'
import { mobileSteps } from './steps-mobile.ts'
import { publicSteps } from './steps-public.ts'
import type { Caller, Step } from './step.ts'
import { startOfTurn } from './values.ts'

const tokens: Record<Caller, Record<string, string>> = {
  nobody: {},
  server: { ApiToken: '${token}' },
  app: { ApiToken: '${appToken}' },
  vet: { ApiToken: '${token}', ApiUserToken: '${userToken}' },
  phone: { ApiToken: '${token}', ApiUserToken: '${phoneToken}' },
  admin: { ApiToken: '${token}', ApiUserToken: '${adminToken}' },
  customer: { ApiToken: '${token}', ApiUserToken: '${customerToken}' },
}

const jsonOf = (body: unknown): string => JSON.stringify(body).replace(/"#(\$\{\w+\})"/g, '$1')

const pathOf = (spec: CallSpec, { params = {}, query = {} }: Step): string => {
  const filled = spec.path.replace(/[:*](\w+)/g, (_, name: string) => params[name] ?? '')
  const search = Object.entries(query).map(([name, value]) => `${name}=${value}`)
  return search.length > 0 ? `${filled}?${search.join('&')}` : filled
}

const samplerOf = (step: Step): Sampler => {
  const spec: CallSpec = api[step.call]
  const { call, as, how, body, form, bytes, expect, refuse, take, timeout } = step
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' }
  const key = spec.idempotent ? { 'Idempotency-Key': '${__UUID()}' } : {}
  return {
    name: how === undefined ? call : `${call}: ${how}`,
    method: spec.method,
    path: pathOf(spec, step),
    headers: {
      ...type,
      ...(bytes ? { 'Content-Type': 'application/offset+octet-stream' } : {}),
      ...tokens[as],
      ...key,
      ...step.headers,
    },
    ...(body === undefined ? {} : { body: jsonOf(body) }),
    ...(form ? { form } : {}),
    ...(bytes ? { bytes } : {}),
    ...(expect === undefined ? {} : { expect }),
    ...(refuse === undefined ? {} : { refuse }),
    ...(take ? { take } : {}),
    ...(timeout === undefined ? {} : { timeout }),
  }
}

const here = '${__BeanShell(org.apache.jmeter.services.FileServer.getFileServer().getBaseDir())}/photo.png'

const defaults: Settings = {
  protocol: 'http',
  host: '127.0.0.1',
  port: '3000',
  accountId: '00000000-0000-4000-8000-000000000001',
  apiKey: 'demo-api-key',
  appKey: 'demo-app-key',
  username: 'amelia.vet',
  adminUsername: 'gita.groupadmin',
  password: 'Demo-Practice-2026',
  groupId: '1',
  siteId: '1',
  reason: 'Consultation',
  surname: 'marsh',
  treatmentCode: 'CONS',
}

const settings: Settings = {
  ...Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, `\${__P(${name},${value})}`])),
  photo: here,
}

export const steps: readonly Step[] = [
  ...onceSteps,
  ...publicSteps,
  ...mobileSteps,
  ...deskSteps,
  ...documentSteps,
  ...customerSteps,
  ...bridgeSteps,
  ...administrationSteps,
]

export const plan = (): string => {
  const [first, ...rest] = steps.slice(onceSteps.length).map(samplerOf)
  if (!first) throw new Error('The plan has no steps')
  return jmxOf({
    settings,
    once: onceSteps.map(samplerOf),
    turn: [{ ...first, before: startOfTurn }, ...rest],
  })
}
