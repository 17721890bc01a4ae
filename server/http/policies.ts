/**
 * What browsers are told to allow, by helmet: the headers of every answer, and a Content-Security-Policy for each kind
 * of page. They are worked out once, not for each request.
 */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet, { type HelmetOptions } from 'helmet'

/** The headers that helmet sets. */
const headersBy = (options: Readonly<HelmetOptions>): [name: string, value: string][] => {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  helmet(options)(request, response, () => undefined)
  return response.getHeaderNames().map((name) => [name, String(response.getHeader(name))])
}

type Directives = Readonly<Record<string, readonly string[]>>

const policyOf = (directives: Directives): string => {
  const contentSecurityPolicy = { useDefaults: false, directives }
  const [, policy = ''] = headersBy({ contentSecurityPolicy })[0] ?? []
  return policy
}

const nothing = ["'none'"]
const ours = ["'self'"]
const neverFramed = { 'default-src': nothing, 'base-uri': nothing, 'frame-ancestors': nothing }

/** Of answers that are no pages: should a browser show one all the same, it runs nothing and asks for nothing. */
const callPolicy = policyOf({ ...neverFramed, 'form-action': nothing })

/** Kinds of pages. Scripts come from this server and none is inline, in any of them. */
export const pagePolicies = {
  /** /docs: styles and pictures of the reference; it calls this server. */
  docs: policyOf({
    ...neverFramed,
    ...{ 'script-src': ours, 'style-src': ours, 'img-src': ["'self'", 'data:'], 'font-src': ours },
    ...{ 'connect-src': ours, 'form-action': ours },
  }),
  /** Forms of a group's people, which send by their script alone. */
  group: policyOf({
    ...neverFramed,
    ...{ 'script-src': ours, 'style-src': ours, 'connect-src': ours, 'form-action': nothing },
  }),
  /** The demo page: photographs from the camera, styles set by its parts. */
  demo: policyOf({
    ...{
      'default-src': ours,
      'script-src': ours,
      'img-src': ["'self'", 'data:', 'blob:'],
      'style-src': ["'self'", "'unsafe-inline'"],
    },
    ...{ 'object-src': nothing, 'base-uri': nothing, 'form-action': ours, 'frame-ancestors': nothing },
  }),
  /** The health report: one table with its style, no scripts. */
  report: policyOf({ ...neverFramed, 'style-src': ["'unsafe-inline'"], 'form-action': nothing }),
} as const

/**
 * OAuth's pages: no scripts.
 * @param target origin, or scheme of an app, that the form may lead to
 */
export const consentPolicy = (target?: string): string =>
  policyOf({
    ...neverFramed,
    ...{ 'style-src': ours, 'form-action': target === undefined ? ours : [...ours, target] },
  })

/** The headers of every answer, names and values in turn; pages put a policy of theirs in the place of the first. */
export const answerHeaders = ({ https }: { https: boolean }): readonly string[] => [
  ...['Content-Security-Policy', callPolicy, 'Cache-Control', 'no-store'],
  ...headersBy({
    contentSecurityPolicy: false,
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: https ? { includeSubDomains: false } : false,
  }).flat(),
]
