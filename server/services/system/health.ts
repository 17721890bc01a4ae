/** GET /health */
import type { Store } from '../../../sync/store/port.ts'
import { StoreUnavailable } from '../../../sync/store/port.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { version } from '../../version.ts'

/** A store that has not answered in this time does not answer. */
const pingMs = 2000

export const health: Handler<Api['health']> = async (_input, app) => {
  const up = await answers(app.store)
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

const answers = async (store: Store): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), pingMs)
  })
  const answered = store.ping().then(
    () => true,
    (error: unknown) => {
      if (error instanceof StoreUnavailable) return false
      throw error
    },
  )
  try {
    return await Promise.race([answered, late])
  } finally {
    clearTimeout(timer)
  }
}
