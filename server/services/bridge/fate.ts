/** GET /v2/bridge/writes/{groupId}/{writeId} */
import type { BridgeRequest, PmsAnswer } from '../../contract/bridge-agent.ts'
import type { Api } from '../../contract/api.ts'
import type { WriteFate } from '../../contract/bridge.ts'
import type { Handler } from '../../http/handler.ts'

export const bridgeFate: Handler<Api['bridgeFate']> = async (input, app) => {
  const { groupId, writeId } = input.params
  const group = input.caller.key.groupIds.includes(groupId) ? await app.accounts.group(groupId) : undefined
  if (!group) return input.fail('UNKNOWN_GROUP')
  const write = await app.bridge.writes.get(groupId, writeId)
  if (!write) return input.fail('NOT_FOUND')
  const { request, answer } = app.bridge.opened(write)
  const { status, reason, queuedAt, settledAt } = write
  return {
    status: 200,
    body: {
      ...{ writeId, groupId, status, ...callOf(request as BridgeRequest | undefined) },
      queuedAt: new Date(queuedAt).toISOString(),
      settledAt: settledAt === null ? null : new Date(settledAt).toISOString(),
      ...{ reason, answer: answerOf(answer as PmsAnswer | undefined) },
    },
  }
}

const callOf = (request: BridgeRequest | undefined): Pick<WriteFate, 'method' | 'path'> => {
  if (request?.operation === 'call') return { method: request.method, path: request.path }
  if (request?.operation === 'document') return { method: 'PUT', path: `document ${request.documentId}` }
  return { method: 'unknown', path: 'unknown' }
}

const answerOf = (answer: PmsAnswer | undefined): WriteFate['answer'] => {
  if (!answer) return null
  const contentType = answer.headers['content-type'] ?? null
  const bytes = Buffer.from(answer.body, 'base64')
  return { status: answer.status, contentType, body: bodyOf(bytes, contentType ?? '') }
}

const bodyOf = (bytes: Buffer, contentType: string): unknown => {
  if (/[/+]json\b/i.test(contentType))
    try {
      return JSON.parse(bytes.toString()) as unknown
    } catch {
      return bytes.toString()
    }
  return contentType.startsWith('text/') ? bytes.toString() : null
}
