/** The Express application: what every request gets, the calls of the contract, and the documents about them. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import type { AppContext } from './context.ts'
import { api } from './contract/api.ts'
import type { CallSpec } from './contract/call.ts'
import { demoPageRouter } from './demo-page.ts'
import { docsRouter } from './docs/router.ts'
import { sendProblem } from './http/answer.ts'
import { dispatch, type AnyHandler } from './http/dispatch.ts'
import { begin, exchangeOf } from './http/exchange.ts'
import { crossOrigin } from './http/cors.ts'
import { answerHeaders } from './http/policies.ts'
import { fail, ProblemError } from './http/problem.ts'
import { inTurn } from './http/in-turn.ts'
import { slowBody } from './http/slow-body.ts'
import { RouteTable, type Route } from './http/routes.ts'
import { oauthRouter } from './oauth/router.ts'
import { openApiRouter } from './openapi/router.ts'
import { groupPagesRouter } from './group-pages.ts'
import { handlers } from './services/handlers.ts'
import { metricsRouter } from './sight/router.ts'
import { syncRouter } from './sync/router.ts'

export interface AppOptions {
  /** Aborted when the server is stopping. */
  stopping: AbortSignal
  /** Further calls; for tests of what no call of the contract asks for yet. */
  calls?: readonly Route<AnyHandler>[]
}

/** Each call with its handler, whose own types end here: `dispatch` gives it what its declaration says. */
const routes = (): Route<AnyHandler>[] => {
  const byName = handlers as unknown as Readonly<Record<keyof typeof api, AnyHandler>>
  return Object.entries<CallSpec>(api).map(([name, spec]) => ({
    name,
    spec,
    handler: byName[name as keyof typeof api],
  }))
}

/** Whether browsers reach it over TLS, its own or a proxy's. */
const isHttps = ({ tls, publicUrl }: AppContext['config']): boolean =>
  tls !== undefined || publicUrl?.startsWith('https:') === true

/** RFC 9112, section 3.2: what is behind might read the other one. */
const oneHost: RequestHandler = ({ rawHeaders }, _response, next) => {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  if (hosts > 1) fail('INVALID_REQUEST', { detail: 'The header Host is given more than once.' })
  next()
}

/** Probes and the collector of metrics ask steadily, and from where nobody else does. */
const unlimited = new Set(['/health', '/health/ready', '/metrics'])

const limitedByAddress =
  ({ rateLimits, log }: AppContext): RequestHandler =>
  (request, response, next) => {
    if (unlimited.has(request.path)) return next()
    const { address, head } = exchangeOf(response)
    rateLimits.ofAddress(address, head).then(
      () => next(),
      (error: unknown) => sendProblem(alsoFor(request.path, error), { request, response, log }).catch(next),
    )
  }

/** What clients of the other two protocols read in a refusal, beside the problem's own members. */
const alsoFor = (path: string, error: unknown): unknown => {
  const extra = path.startsWith('/sync')
    ? { error: 'too_many_requests', reason: 'Try again later.' }
    : path.startsWith('/oauth/')
      ? { error: 'temporarily_unavailable', error_description: 'Too many requests.' }
      : undefined
  return error instanceof ProblemError && extra
    ? new ProblemError(error.code, { ...error.options, extra })
    : error
}

export const buildApp = (context: AppContext, { stopping, calls = [] }: AppOptions): Express => {
  const { config, log, now, sight, tracing } = context
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', config.trustProxy)
  const headers = answerHeaders({ https: isHttps(config) })
  const edge = inTurn(
    begin({ log, now, stopping, sight, tracing, headers }),
    oneHost,
    crossOrigin(config),
    limitedByAddress(context),
    slowBody({
      graceMs: config.bodyTimeoutMs,
      refuse: (error, request, response) => sendProblem(error, { request, response, log }),
    }),
    dispatch({ app: context, table: new RouteTable([...routes(), ...calls]), stopping }),
  )
  app.use(edge)
  app.use(oauthRouter(context))
  app.use('/sync', syncRouter(context, stopping))
  app.use(metricsRouter(context))
  app.use(openApiRouter(now))
  app.use(demoPageRouter(config))
  app.use(docsRouter({ ...config, now }))
  app.use(groupPagesRouter(context))
  app.use(() => fail('UNKNOWN_CALL'))
  const onError: ErrorRequestHandler = (error: unknown, request, response, next) => {
    sendProblem(error, { request, response, log }).catch(next)
  }
  app.use(onError)
  return app
}
