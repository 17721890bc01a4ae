/**
 * A set of photographs, 20 MB, over the field's link, cut ten times at random: what was sent, by tus-js-client, which goes on
 * where it was cut, and by plain multipart, which begins the photograph again. Both are cut at the same places.
 */
import * as tus from 'tus-js-client'
import type { ApiCaller } from '../../vets-day/api-caller.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import { fieldLink } from '../../support/slow-link.ts'
import { timed, type Row } from '../row.ts'
import { withServer } from '../with-server.ts'
import { anAnimal, byMultipart, fieldsOf, pictureOf, sendingOf, storedHash } from './sending.ts'
import { createHash } from 'node:crypto'

const photographs = 10
const photographBytes = 2_000_000
const total = photographs * photographBytes
const cuts = 10
/** So much of a connection is on its way when it is cut, and lost: sent, though it did not arrive. */
const inFlightBytes = (fieldLink.bytesPerSecond * fieldLink.roundTripMs) / 2000

interface Sent {
  bytes: number
  seconds: number
  cuts: number
}

/** Distances between the cuts, in bytes. */
const distances = (): number[] => {
  const places = Array.from({ length: cuts }, () => Math.floor(Math.random() * total)).sort((a, b) => a - b)
  return places.map((place, i) => place - (places[i - 1] ?? 0))
}

const sendByTus = (url: string, api: ApiCaller, animalId: string, bytes: Buffer): Promise<string> => {
  const sending = sendingOf(animalId, bytes)
  return new Promise((resolve, reject) => {
    new tus.Upload(bytes, {
      endpoint: `${url}/v2/mobile/documents/uploads`,
      headers: { ...api.headers },
      metadata: { ...fieldsOf(sending), filename: 'x.jpg', filetype: 'image/jpeg' },
      retryDelays: Array.from({ length: 50 }, () => 200),
      onError: reject,
      onSuccess: () => resolve(sending.clientItemId),
    }).start()
  })
}

const sendWhole = async (url: string, api: ApiCaller, animalId: string, bytes: Buffer): Promise<string> => {
  const sending = sendingOf(animalId, bytes)
  for (;;)
    try {
      await byMultipart(url, api, sending)
      return sending.clientItemId
    } catch (error) {
      if (!isCut(error)) throw error
    }
}

const isCut = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(String(error.code))

export const slowLinkBench = async (): Promise<Row[]> =>
  await withServer(async ({ server, api }) => {
    const animalId = await anAnimal(api)
    const where = distances()
    const run = async (send: typeof sendByTus): Promise<Sent> => {
      await using proxy = await FaultProxy.open(server.url, fieldLink)
      let done = 0
      const cutting = async (): Promise<void> => {
        for (const distance of where) {
          await proxy.cut('up', distance)
          done += 1
        }
      }
      void cutting()
      const set = Array.from({ length: photographs }, () => pictureOf(photographBytes))
      const seconds = await timed(async () => {
        for (const bytes of set) {
          const id = await send(proxy.url, api, animalId, bytes)
          const hash = createHash('sha256').update(bytes).digest('hex')
          if ((await storedHash(server.url, api, id)) !== hash) throw new Error('A photograph is torn')
        }
      })
      return { bytes: proxy.traffic.up + done * inFlightBytes, seconds: seconds / 1000, cuts: done }
    }
    const ours = await run(sendByTus)
    const plain = await run(sendWhole)
    const what = `20 MB of photographs over 200 ms, 250 kB/s, cut ${ours.cuts} times`
    return [
      {
        ...{ what: `${what}: sent by tus`, value: ours.bytes / total, unit: '× the size' },
        ...{ asked: 'at most 1.10', met: ours.bytes <= 1.1 * total && ours.cuts === cuts },
        peer: { what: `plain multipart, cut ${plain.cuts} times`, value: plain.bytes / total },
      },
      {
        ...{ what: `${what}: time by tus`, value: ours.seconds, unit: 's' },
        peer: { what: 'plain multipart', value: plain.seconds },
      },
    ]
  })
