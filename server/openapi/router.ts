/** Serves the OpenAPI document as JSON and as YAML. */
import { Router } from 'express'
import { servePage } from '../http/page.ts'
import { openApiDocument } from './document.ts'
import { bookingDayAhead, bookingOn } from './example-days.ts'

/** `GET /openapi.json` and `GET /openapi.yaml`. */
export const openApiRouter = (now: () => number): Router => {
  const router = Router()
  const stamp = () => bookingDayAhead(now())
  const document = () => bookingOn(stamp(), openApiDocument())
  router.get(
    '/openapi.json',
    servePage({
      contentType: 'application/json; charset=utf-8',
      stamp,
      write: () => JSON.stringify(document()),
    }),
  )
  router.get(
    '/openapi.yaml',
    servePage({
      contentType: 'application/yaml; charset=utf-8',
      stamp,
      write: async () => (await import('yaml')).stringify(document(), { aliasDuplicateObjects: false }),
    }),
  )
  return router
}
