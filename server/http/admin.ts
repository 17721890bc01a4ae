/** The listener for tools of the machine's owner, on the loopback and behind a token that only they can read. */
import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express'
import type { Logger } from 'pino'

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()

const onlyWith = (token: string): RequestHandler => {
  const expected = hash(`Bearer ${token}`)
  return (request, response, next) => {
    if (timingSafeEqual(hash(request.headers.authorization ?? ''), expected)) next()
    else response.status(401).end()
  }
}

export interface AdminOptions {
  token: string
  log: Logger
  routers: readonly Router[]
}

export const buildAdmin = ({ token, log, routers }: AdminOptions): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.use(onlyWith(token))
  for (const router of routers) app.use(router)
  const onError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
    const { status } = error as { status?: unknown }
    const code = typeof status === 'number' && status >= 400 && status < 500 ? status : 500
    if (code === 500) log.error({ err: error }, 'A call of the admin listener failed')
    if (response.headersSent) return next(error)
    response.status(code).end()
  }
  app.use(onError)
  return app
}
