/** Clients for benches, by the API. */
import { randomUUID } from 'node:crypto'
import type { ApiCaller } from '../vets-day/api-caller.ts'

const batch = 500

export const makeClients = async (api: ApiCaller, count: number): Promise<void> => {
  for (let made = 0; made < count; made += batch) {
    const items = Array.from({ length: Math.min(batch, count - made) }, (_, i) => ({
      clientItemId: randomUUID(),
      editedAt: new Date().toISOString(),
      data: {
        lastName: `Client ${made + i}`,
        siteIds: [1],
        phones: [`01632 96${String(made + i).padStart(4, '0')}`],
      },
    }))
    await api.post('/v2/mobile/uploadClientItems', {
      deviceId: 'bench',
      batchId: randomUUID(),
      sentAt: new Date().toISOString(),
      items,
    })
  }
}
