/** GET, POST and PUT /v2/bridge/{groupId}/{path}: a call relayed to the practice's own PMS. */
import { tidyPath, isAllowed } from '../../bridge/allow-list.ts'
import type { WriteDoc } from '../../bridge/documents.ts'
import { headerText } from '../../auth/authenticate.ts'
import type { AppContext } from '../../context.ts'
import type { BridgeRequest, PmsAnswer } from '../../contract/bridge-agent.ts'
import type { Api } from '../../contract/api.ts'
import type { QueuedWrite } from '../../contract/bridge.ts'
import { streamed, type Handler, type Input } from '../../http/handler.ts'
import { keyOf } from '../../http/idempotent-call.ts'
import { uuidOf } from '../../uuid-of.ts'
import { goneOf, refuse, sendAnswer } from './answer.ts'

type Asked = Pick<Input<Api['bridgeGet']>, 'params' | 'caller' | 'request' | 'fail'>
/** What POST and PUT have in common. */
type Writing = Pick<
  Input<Api['bridgePost']>,
  'params' | 'caller' | 'request' | 'response' | 'fail' | 'body' | 'signal' | 'derivedId'
>
type Written = typeof streamed | { status: 202; body: QueuedWrite; headers: Record<string, string> }

/** Headers of a caller that the PMS is given; its own credentials are the agent's. */
const passed = ['accept', 'accept-language', 'if-match', 'if-none-match'] as const

/** The request for the PMS, where the group has one and its agent lets the path through. */
const requestFor = async (
  { params, caller, request, fail }: Asked,
  app: AppContext,
  body: string | null,
): Promise<BridgeRequest & { operation: 'call' }> => {
  const { groupId } = params
  const group = caller.key.groupIds.includes(groupId) ? await app.accounts.group(groupId) : undefined
  if (!group) return fail('UNKNOWN_GROUP')
  const pms = await app.bridge.pms(groupId)
  if (!pms) return fail('NO_PMS')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const path = tidyPath(`/${params.path}`)
  if (path === undefined || !isAllowed(pms.allow, { method, path })) return fail('PATH_NOT_ALLOWED')
  const headers: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' }
  for (const name of passed) {
    const value = headerText(request.headers[name])
    if (value !== undefined) headers[name] = value
  }
  const question = request.url.indexOf('?')
  const query = question < 0 ? '' : request.url.slice(question + 1)
  return { operation: 'call', method: method as 'GET' | 'POST' | 'PUT', path, query, headers, body }
}

export const bridgeGet: Handler<Api['bridgeGet']> = async (input, app) => {
  const request = await requestFor(input, app, null)
  const traced = { ...request, headers: { ...request.headers, ...app.tracing.passedOn() } }
  const outcome = await app.bridge.ask(input.params.groupId, traced, goneOf(input.response))
  if (outcome === 'away') return input.fail('PMS_AWAY', { retryAfterSeconds: 30 })
  if (outcome === 'busy') return input.fail('BRIDGE_BUSY', { retryAfterSeconds: 2 })
  if (outcome === 'late') return input.fail('PMS_TIMEOUT')
  if ('failure' in outcome) return refuse(outcome.failure)
  sendAnswer(input.response, outcome.answer)
  return streamed
}

/** Under an `Idempotency-Key` the same id each time, for the account that sends it. */
const writeIdOf = (input: Writing): string => {
  const key = keyOf(headerText(input.request.headers['idempotency-key']))
  if (key === undefined) return input.derivedId('write')
  return uuidOf(JSON.stringify(['bridge', input.caller.key.accountId, input.params.groupId, key]))
}

const relayWrite = async (input: Writing, app: AppContext): Promise<Written> => {
  const { groupId } = input.params
  const request = await requestFor(input, app, JSON.stringify(input.body))
  const write = { groupId, writeId: writeIdOf(input), request, passedOn: app.tracing.passedOn() }
  const kept = await app.bridge.add(write)
  if (kept === 'other') return input.fail('IDEMPOTENCY_KEY_REUSED')
  if (kept === 'full') return input.fail('BRIDGE_BUSY', { retryAfterSeconds: 60 })
  // A server that stops answers 202: the write is kept, and another server hands it over.
  const settled = await app.bridge.settled(kept, input.signal)
  const location = `/v2/bridge/writes/${groupId}/${settled.writeId}`
  if (settled.status === 'WAITING') return waiting(settled, location)
  const { answer } = app.bridge.opened(settled)
  if (answer === undefined) return refuseWrite(settled, input)
  sendAnswer(input.response, answer as PmsAnswer, { 'Vetspace-Write': location })
  return streamed
}

const waiting = ({ writeId, groupId, queuedAt }: WriteDoc, statusUrl: string): Written => ({
  status: 202,
  headers: { Location: statusUrl },
  body: {
    ...{ writeId, groupId, status: 'WAITING', queuedAt: new Date(queuedAt).toISOString(), statusUrl },
  },
})

const refuseWrite = ({ status, reason }: WriteDoc, input: Writing): never => {
  const detail = `${reason ?? status}.`
  if (status === 'REFUSED') return input.fail('PATH_NOT_ALLOWED', { detail })
  return input.fail(status === 'EXPIRED' ? 'PMS_AWAY' : 'PMS_UNCERTAIN', { detail })
}

export const bridgePost: Handler<Api['bridgePost']> = (input, app) => relayWrite(input, app)
export const bridgePut: Handler<Api['bridgePut']> = (input, app) => relayWrite(input, app)
