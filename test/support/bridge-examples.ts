/** A PMS for the examples of the bridge: group 1 has one, whose agent answers one question and leaves. */
import { api } from '../../server/contract/api.ts'
import type { BridgeRequest, BridgeWork } from '../../server/contract/bridge-agent.ts'
import { callerFor, requestOf, sendExample, type Prepare } from './example-runner.ts'
import type { TestServer } from './server.ts'

const agentId = '6a0d7f1e-2b3c-4d5e-8f90-a1b2c3d4e5f6'
const writeId = '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e71'

const taking = (waitMs: number) => ({
  ...{ agentId, software: 'example', have: [], services: { users: false, documents: false } },
  allow: [
    { methods: ['GET' as const, 'PUT' as const], path: '/patients/*' },
    { methods: ['POST' as const], path: '/patients' },
  ],
  ...{ waitMs, signal: AbortSignal.timeout(waitMs + 1), mayGoOn: () => Promise.resolve(true) },
})

const withPms = async ({ context: { bridge } }: TestServer): Promise<void> => {
  await bridge.take(1, taking(0))
  await bridge.report(1, { agentId, results: [], leaving: true })
}

/** Answers what is asked next, and leaves; also when nobody asks. */
const answerOne = async ({ context: { bridge } }: TestServer): Promise<void> => {
  // Writes of other examples wait for good.
  const { have, ...rest } = { ...taking(10_000), have: [] as string[] }
  let asked: BridgeWork | undefined
  while (!asked && !rest.signal.aborted) {
    const work = (await bridge.take(1, { ...rest, have })) ?? []
    asked = work.find(({ kind }) => kind === 'ask')
    have.push(...work.map(({ id }) => id))
  }
  const body = Buffer.from(JSON.stringify(api.bridgeGet.examples.response)).toString('base64')
  const answer = { status: 200, headers: { 'content-type': 'application/json' }, body }
  await bridge.report(1, { agentId, results: asked ? [{ id: asked.id, answer }] : [], leaving: true })
}

const away: Prepare = async (server) => {
  await withPms(server)
  return {}
}

export const bridgeExamples: Record<
  'bridgeGet' | 'bridgePost' | 'bridgePut' | 'bridgeFate' | 'bridgeFile',
  Prepare
> = {
  bridgePost: away,
  bridgePut: away,
  bridgeGet: async (server) => {
    await withPms(server)
    const { bridge } = server.context
    // The server may be gone before anybody has asked.
    answerOne(server).catch(() => undefined)
    while (!(await bridge.health(1)).up) await new Promise(setImmediate)
    return {}
  },
  bridgeFate: async (server) => {
    const request: BridgeRequest = {
      ...{ operation: 'call', method: 'PUT', path: '/patients/42', query: '', headers: {}, body: '{}' },
    }
    await server.context.bridge.add({ groupId: 1, writeId, request })
    return {}
  },
  bridgeFile: async (server) => {
    const { headers } = await callerFor(api.uploadDocument, server)
    const { body } = await sendExample(api.uploadDocument, requestOf(api.uploadDocument), { server, headers })
    const file = { contentType: 'image/jpeg', fileName: 'photo.jpg' }
    const { documentId, sha256, size } = body as { documentId: string; sha256: string; size: number }
    const request = {
      operation: 'document',
      documentId,
      file: { ...file, sha256, size },
      details: {},
    } as const
    const id = writeId.replace('71', '72')
    await server.context.bridge.add({ groupId: 1, writeId: id, request })
    return { params: { writeId: id } }
  },
}
