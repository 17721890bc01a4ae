/**
 * The demo page of the Mobile API under `/demo/`: the files that Vite built from mobile-client-lib/demo, and what the
 * page needs to know of this server. Files of a build carry their hash in the name; the others are asked for anew.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import express, { Router, type RequestHandler } from 'express'
import type { Config } from './config.ts'
import { demoAccountId, demoGroups, demoPassword, demoUsersOf } from './demo/practice.ts'
import { exchangeOf } from './http/exchange.ts'
import { pagePolicies } from './http/policies.ts'

/** From `server/` as well as from `dist/server/`. */
const packageRoot = (): string => {
  let folder = import.meta.dirname
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder)
  return folder
}

/** The demo's key and users; elsewhere nothing, and the page asks for them. */
const settingsOf = ({ demo }: Config): object =>
  demo
    ? {
        accountId: demoAccountId,
        apiKey: 'demo-app-key',
        demo: { password: demoPassword, users: demoGroups.flatMap(demoUsersOf) },
      }
    : {}

const oneYear = 31_536_000

const notBuilt: RequestHandler = (_, response) => {
  response
    .status(503)
    .type('text/plain')
    .send('The demo page is not built. `npm run build` builds it; `npm ci` does so by itself.\n')
}

/** `GET /demo/…` */
export const demoPageRouter = (config: Config): Router => {
  const folder = path.join(packageRoot(), 'dist', 'demo')
  const router = Router()
  router.use('/demo', (request, response, next) => {
    exchangeOf(response).route = '/demo'
    response.setHeader('Content-Security-Policy', pagePolicies.demo)
    next()
  })
  router.get('/demo/settings.json', (_, response) => {
    response.json(settingsOf(config))
  })
  const files = express.static(folder, {
    setHeaders: (response, file) => {
      const kept = path.relative(folder, file).startsWith(`assets${path.sep}`)
      response.setHeader('Cache-Control', kept ? `public, max-age=${oneYear}, immutable` : 'no-cache')
    },
  })
  router.use('/demo', (request, response, next) => {
    if (existsSync(path.join(folder, 'index.html'))) files(request, response, next)
    else notBuilt(request, response, next)
  })
  return router
}
