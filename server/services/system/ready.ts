/** GET /health/ready */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { hasRoom } from '../../sight/sight.ts'

export const ready: Handler<Api['ready']> = async (_input, { sight }) => {
  const [store, storage, disk] = await Promise.all([sight.storeUp(), sight.filesUp(), sight.disk()])
  const checks = {
    store: { ok: store },
    storage: { ok: storage },
    disk: { ok: hasRoom(disk), ...disk },
    clock: sight.clock.state(),
  }
  const isReady = Object.values(checks).every(({ ok }) => ok)
  return isReady
    ? { status: 200, body: { status: 'ready', checks } }
    : { status: 503, body: { status: 'notReady', checks } }
}
