/** `GET /metrics`, Prometheus's text format. */
import { timingSafeEqual } from 'node:crypto'
import { Router, type Request } from 'express'
import type { AppContext } from '../context.ts'
import { exchangeOf } from '../http/exchange.ts'
import { fail } from '../http/problem.ts'

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

/** Asked on this machine, by nobody who stands behind a proxy. */
const isLocal = (request: Request): boolean =>
  loopback.has(request.socket.remoteAddress ?? '') &&
  request.headers['x-forwarded-for'] === undefined &&
  request.headers.forwarded === undefined

const isBearer = (request: Request, token: string): boolean => {
  const [given, wanted] = [request.headers.authorization ?? '', `Bearer ${token}`].map((text) =>
    Buffer.from(text),
  )
  return (
    given?.length === wanted?.length && timingSafeEqual(given ?? Buffer.alloc(0), wanted ?? Buffer.alloc(1))
  )
}

/** To whoever has the token where the settings name one, else to this machine alone; to others there is no such page. */
export const metricsRouter = ({ config, sight }: AppContext): Router => {
  const router = Router()
  router.get('/metrics', async (request, response) => {
    exchangeOf(response).route = '/metrics'
    const { metricsToken } = config
    const allowed = metricsToken === undefined ? isLocal(request) : isBearer(request, metricsToken)
    if (!allowed) return fail('UNKNOWN_CALL')
    const text = await sight.metrics.text()
    response.setHeader('Content-Type', sight.metrics.contentType)
    response.end(text)
  })
  return router
}
