/** Serves the OpenAPI document as JSON and as YAML. */
import { Router } from 'express'
import { servePage } from '../http/page.ts'
import { openApiDocument } from './document.ts'

/** `GET /openapi.json` and `GET /openapi.yaml`. */
export const openApiRouter = (): Router => {
  const router = Router()
  router.get(
    '/openapi.json',
    servePage({
      contentType: 'application/json; charset=utf-8',
      write: () => JSON.stringify(openApiDocument()),
    }),
  )
  router.get(
    '/openapi.yaml',
    servePage({
      contentType: 'application/yaml; charset=utf-8',
      write: async () =>
        (await import('yaml')).stringify(openApiDocument(), { aliasDuplicateObjects: false }),
    }),
  )
  return router
}
