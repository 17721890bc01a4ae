/**
 * Which pages of other origins may ask (Fetch standard, section 3.2): those of the origins in the settings, and no
 * others. Tokens come in headers that a page sets itself. Only `/sync` allows credentials, which PouchDB asks with; no
 * answer asks a browser for a password, so it has none to send along unasked.
 */
import type { RequestHandler } from 'express'
import type { EdgeConfig } from '../edge-settings.ts'
import { exchangeOf } from './exchange.ts'

const exposed =
  'X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, ETag, Content-Disposition, Content-Length, Content-Range, ' +
  'Accept-Ranges, Deprecation, Sunset, Link, Idempotency-Replayed, Location, Tus-Resumable, Tus-Version, ' +
  'Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Defer-Length, ' +
  'Upload-Metadata, Upload-Concat, Upload-Expires'

const askedWith =
  'Accept, ApiToken, ApiUserToken, Authorization, Content-Type, Content-Encoding, If-Match, If-None-Match, ' +
  'If-Modified-Since, Idempotency-Key, If-Range, Range, Tus-Resumable, Upload-Checksum, Upload-Concat, ' +
  'Upload-Defer-Length, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, X-Request-Id, ' +
  'Client-Version, Last-Event-ID'

const loopback = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/

/** Whether pages of an origin may ask. */
const allows = (origins: EdgeConfig['corsOrigins'], origin: string): boolean =>
  origins === 'loopback' ? loopback.test(origin) : origins.includes(origin)

/** Answers the browser's questions beforehand, and marks every other answer for the page that may read it. */
export const crossOrigin =
  ({ corsOrigins }: Pick<EdgeConfig, 'corsOrigins'>): RequestHandler =>
  (request, response, next) => {
    const { head } = exchangeOf(response)
    head.set('Vary', 'Origin')
    const { origin } = request.headers
    const isPreflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    if (origin !== undefined && allows(corsOrigins, origin)) {
      head.set('Access-Control-Allow-Origin', origin)
      head.set('Access-Control-Expose-Headers', exposed)
      if (request.path.startsWith('/sync/') || request.path === '/sync')
        head.set('Access-Control-Allow-Credentials', 'true')
      if (isPreflight) {
        head.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
        head.set('Access-Control-Allow-Headers', askedWith)
        head.set('Access-Control-Max-Age', '7200')
      }
    }
    if (!isPreflight) return next()
    // Without the headers above a browser lets the page go no further.
    head.write(response, 204, {})
    response.end()
  }
