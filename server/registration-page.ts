/** The registration form of a group, a page for its clients to be: `GET /registrations/{groupId}`. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Router, type RequestHandler, type Response } from 'express'
import { pageKey, pageTokenSeconds } from './auth/page-key.ts'
import type { AppContext } from './context.ts'
import { encode } from '../sync/encoding/encode.ts'
import { exchangeOf } from './http/exchange.ts'
import { pagePolicies } from './http/policies.ts'
import { fail } from './http/problem.ts'

const folder = path.join(import.meta.dirname, 'pages', 'registration')

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

const headers = {
  'Content-Security-Policy': pagePolicies.registration,
  'Cache-Control': 'no-cache',
  Vary: 'Origin, Accept-Encoding',
}

const assets = ['form.js', 'calls.js', 'choices.js', 'dom.js', 'faults.js', 'form.css']

/** Files of the page do not change while the server runs. */
const texts = new Map<string, Promise<string>>()
const textOf = (name: string): Promise<string> => {
  const known = texts.get(name) ?? readFile(path.join(folder, name), 'utf8')
  texts.set(name, known)
  return known
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

/** `/registrations/{groupId}`, `/registrations/{groupId}/token` and the page's files. */
export const registrationPageRouter = ({ accounts, tokens }: AppContext): Router => {
  const router = Router()
  router.get('/registrations/assets/:name', async (request, response, next) => {
    exchangeOf(response).route = '/registrations/assets/:name'
    const { name } = request.params
    if (!assets.includes(name)) return next()
    await send(response, name, await textOf(name))
  })
  router.get('/registrations/:groupId', async (request, response) => {
    exchangeOf(response).route = '/registrations/:groupId'
    const { groupId, name } = await groupOf(request.params.groupId)
    const page = (await textOf('index.html')).replaceAll('assets/', '/registrations/assets/')
    const values: Record<string, string> = { groupId: String(groupId), groupName: escaped(name) }
    await send(
      response,
      'index.html',
      page.replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? ''),
    )
  })
  const token: RequestHandler<{ groupId: string }> = async (request, response) => {
    exchangeOf(response).route = '/registrations/:groupId/token'
    const { groupId } = await groupOf(request.params.groupId)
    response.json(tokens.issueApiToken(pageKey(groupId), pageTokenSeconds))
  }
  router.get('/registrations/:groupId/token', token)

  const groupOf = async (text: string): Promise<{ groupId: number; name: string }> => {
    const group = /^\d{1,10}$/.test(text) ? await accounts.openGroup(Number(text)) : undefined
    return group ?? fail('UNKNOWN_GROUP', { detail: 'There is no such practice.' })
  }
  const send = async (response: Response, name: string, text: string): Promise<void> => {
    const { bytes, encoding } = await encode(text, String(response.req.headers['accept-encoding'] ?? ''))
    if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding)
    const contentType = contentTypes[path.extname(name)]
    response
      .writeHead(200, { ...headers, 'Content-Type': contentType, 'Content-Length': bytes.length })
      .end(bytes)
  }
  return router
}
