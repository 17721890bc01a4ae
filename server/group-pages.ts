/** Pages of a group for people without an app: `GET /registrations/{groupId}`, `GET /password/{groupId}`. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Router, type RequestHandler, type Response } from 'express'
import { pageKey, pageTokenSeconds, type PageName } from './auth/page-key.ts'
import type { AppContext } from './context.ts'
import { encode } from '../sync/encoding/encode.ts'
import { exchangeOf } from './http/exchange.ts'
import { pagePolicies } from './http/policies.ts'
import { fail } from './http/problem.ts'

interface GroupPage {
  name: PageName
  /** Within `pages`. */
  folder: string
  /** What it may load beside its own HTML. */
  assets: readonly string[]
}

const pages: readonly GroupPage[] = [
  {
    name: 'registrations',
    folder: 'registration',
    assets: ['form.js', 'calls.js', 'choices.js', 'dom.js', 'faults.js', 'form.css'],
  },
  { name: 'password', folder: 'password', assets: ['form.js', 'form.css'] },
]

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

const headers = {
  'Content-Security-Policy': pagePolicies.group,
  'Cache-Control': 'no-cache',
  Vary: 'Origin, Accept-Encoding',
}

/** Files of the pages do not change while the server runs. */
const texts = new Map<string, Promise<string>>()
const textOf = (folder: string, name: string): Promise<string> => {
  const file = path.join(import.meta.dirname, 'pages', folder, name)
  const known = texts.get(file) ?? readFile(file, 'utf8')
  texts.set(file, known)
  return known
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

/** For each page `/{name}/{groupId}`, `/{name}/{groupId}/token` and its files under `/{name}/assets`. */
export const groupPagesRouter = (app: AppContext): Router => {
  const router = Router()
  for (const page of pages) addPage(router, page, app)
  return router
}

const addPage = (router: Router, { name, folder, assets }: GroupPage, app: AppContext): void => {
  const { accounts, tokens } = app
  router.get(`/${name}/assets/:file`, async (request, response, next) => {
    exchangeOf(response).route = `/${name}/assets/:file`
    const { file } = request.params
    if (!assets.includes(file)) return next()
    await send(response, file, await textOf(folder, file))
  })
  router.get(`/${name}/:groupId`, async (request, response) => {
    exchangeOf(response).route = `/${name}/:groupId`
    const group = await groupOf(request.params.groupId)
    const html = (await textOf(folder, 'index.html')).replaceAll('assets/', `/${name}/assets/`)
    const values: Record<string, string> = { groupId: String(group.groupId), groupName: escaped(group.name) }
    await send(
      response,
      'index.html',
      html.replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? ''),
    )
  })
  const token: RequestHandler<{ groupId: string }> = async (request, response) => {
    exchangeOf(response).route = `/${name}/:groupId/token`
    const { groupId } = await groupOf(request.params.groupId)
    response.json(tokens.issueApiToken(pageKey(groupId, name), pageTokenSeconds))
  }
  router.get(`/${name}/:groupId/token`, token)

  const groupOf = async (text: string): Promise<{ groupId: number; name: string }> => {
    const group = /^\d{1,10}$/.test(text) ? await accounts.openGroup(Number(text)) : undefined
    return group ?? fail('UNKNOWN_GROUP', { detail: 'There is no such practice.' })
  }
}

const send = async (response: Response, name: string, text: string): Promise<void> => {
  const { content, length, encoding } = await encode(
    text,
    String(response.req.headers['accept-encoding'] ?? ''),
  )
  if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding)
  const contentType = contentTypes[path.extname(name)]
  response.writeHead(200, { ...headers, 'Content-Type': contentType, 'Content-Length': length }).end(content)
}
