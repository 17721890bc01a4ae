/** POST /v2/bridge/agent, …/results and GET …/files/{writeId}: the calls of a practice's agent. */
import { pipeline } from 'node:stream/promises'
import { FileMissing } from '../../../uploads/storage/port.ts'
import { authenticate, tokensIn } from '../../auth/authenticate.ts'
import type { KeyIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import { bridgeTake as declaration, type BridgeRequest } from '../../contract/bridge-agent.ts'
import { streamed, type Handler, type Input } from '../../http/handler.ts'
import { fail, ProblemError } from '../../http/problem.ts'

/** The group of an agent's key. */
const groupOf = ({ kind, groupIds }: KeyIdentity): number => {
  const [groupId, ...others] = groupIds
  return kind === 'agent' && groupId !== undefined && others.length === 0
    ? groupId
    : fail('AGENT_KEY_REQUIRED')
}

/** Whether the agent's key still stands. */
const stillAllowed = async (input: Input<Api['bridgeTake']>, app: AppContext): Promise<boolean> => {
  try {
    await authenticate(declaration, tokensIn(input.request.headers), app)
    return true
  } catch (error) {
    if (error instanceof ProblemError) return false
    throw error
  }
}

export const bridgeTake: Handler<Api['bridgeTake']> = async (input, app) => {
  const { waitSeconds, ...taking } = input.body
  const work = await app.bridge.take(groupOf(input.caller.key), {
    ...taking,
    ...{ waitMs: waitSeconds * 1000, signal: input.signal },
    mayGoOn: () => stillAllowed(input, app),
  })
  if (!work) return input.fail('AGENT_ALREADY_CONNECTED')
  return { status: 200, body: { work } }
}

export const bridgeReport: Handler<Api['bridgeReport']> = async (input, app) => {
  const accepted = await app.bridge.report(groupOf(input.caller.key), input.body)
  if (!accepted) return input.fail('AGENT_ALREADY_CONNECTED')
  return { status: 200, body: { accepted } }
}

export const bridgeFile: Handler<Api['bridgeFile']> = async (input, app) => {
  const groupId = groupOf(input.caller.key)
  const write = await app.bridge.writes.get(groupId, input.params.writeId)
  if (write?.status !== 'WAITING') return input.fail('NOT_FOUND')
  const request = app.bridge.opened(write).request as BridgeRequest | undefined
  if (request?.operation !== 'document') return input.fail('NOT_FOUND')
  const { sha256, size } = request.file
  try {
    const bytes = await app.files.open({ groupId, sha256 })
    const { response } = input
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': String(size) })
    if (input.request.method === 'HEAD') {
      bytes.destroy()
      response.end()
    } else await pipeline(bytes, response).catch(() => undefined)
    return streamed
  } catch (error) {
    if (error instanceof FileMissing)
      return input.fail('FILE_MISSING', { retryAfterSeconds: 60, cause: error })
    throw error
  }
}
