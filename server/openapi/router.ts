/** Serves the OpenAPI document as JSON and as YAML. */
import { createHash } from 'node:crypto'
import { Router, type RequestHandler } from 'express'
import { stringify } from 'yaml'
import { encode } from '../http/encode.ts'
import { exchangeOf } from '../http/exchange.ts'
import { openApiDocument } from './document.ts'

/** Written once, when it is first asked for. */
const serve = (contentType: string, write: () => string): RequestHandler => {
  let written: { text: string; etag: string } | undefined
  return async (request, response) => {
    exchangeOf(response).route = request.path
    if (!written) {
      const text = write()
      written = { text, etag: `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` }
    }
    response
      .setHeader('ETag', written.etag)
      .setHeader('Cache-Control', 'no-cache')
      .setHeader('Vary', 'Accept-Encoding')
    if (request.headers['if-none-match'] === written.etag) {
      response.writeHead(304).end()
      return
    }
    const { bytes, encoding } = await encode(written.text, request.headers['accept-encoding'])
    if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding)
    response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': bytes.length }).end(bytes)
  }
}

/** `GET /openapi.json` and `GET /openapi.yaml`. */
export const openApiRouter = (): Router => {
  const router = Router()
  router.get(
    '/openapi.json',
    serve('application/json; charset=utf-8', () => JSON.stringify(openApiDocument())),
  )
  router.get(
    '/openapi.yaml',
    serve('application/yaml; charset=utf-8', () =>
      stringify(openApiDocument(), { aliasDuplicateObjects: false }),
    ),
  )
  return router
}
