/** GET /health */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { version } from '../../version.ts'

export const health: Handler<Api['health']> = async (_input, app) => {
  const up = await app.sight.storeUp()
  return {
    status: 200,
    body: {
      status: up ? 'ok' : 'degraded',
      version,
      store: { kind: app.store.kind, up },
      time: new Date(app.now()).toISOString(),
    },
  }
}
