/** What a stored device's work is about: the practice's records, made under these ids, and the device's own. */
import { randomUUID } from 'node:crypto'
import type { SignedIn, TestServer } from '../server.ts'

const id = (n: number): string => `d0000000-0000-4000-8000-${String(n).padStart(12, '0')}`

export const ids = {
  client: id(1),
  animal: id(2),
  /** Both sides have renamed this one. */
  renamed: id(3),
  newClient: id(11),
  newAnimal: id(12),
  newTreatment: id(13),
  newPayment: id(14),
  /** With a code that the practice does not have. */
  refusedTreatment: id(15),
} as const

export const photo = 'the bytes of a photograph'

type Json = Record<string, unknown>

/** Makes the practice's records. */
export const makePracticeRecords = async (server: TestServer, { headers }: SignedIn): Promise<void> => {
  const at = new Date(server.clock.now).toISOString()
  const make = async (type: string, recordId: string, data: Json): Promise<void> => {
    const items = [{ clientItemId: recordId, editedAt: at, data }]
    const json = { deviceId: 'front-desk', batchId: randomUUID(), sentAt: at, items }
    const { body, text } = await server.request(`/v2/mobile/upload${type}Items`, { json, headers })
    const [result] = (body['results'] ?? []) as Json[]
    if (result?.['outcome'] !== 'CREATED') throw new Error(text)
  }
  await make('Client', ids.client, { lastName: 'Stored', siteIds: [1] })
  await make('Animal', ids.animal, { clientId: ids.client, name: 'Kelpie' })
  await make('Animal', ids.renamed, { clientId: ids.client, name: 'Selkie' })
}
