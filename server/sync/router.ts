/** The CouchDB replication protocol at `/sync`: `group-N` and `group-N/{collection}`, with the rights of the API. */
import { Router, type Request, type RequestHandler } from 'express'
import type { Place, Replica } from '../../sync/replication/replica.ts'
import { openGroupReplica } from '../../sync/replication/group/group-replica.ts'
import { collectionNamed } from '../../sync/replication/group/naming.ts'
import { replicationRouter } from '../../sync/replication/router.ts'
import type { AppContext } from '../context.ts'
import { exchangeOf } from '../http/exchange.ts'
import { SyncLogin } from './login.ts'

/**
 * Pages of other origins may replicate: clients in browsers ask with credentials, so the origin has to be named. No
 * answer asks a browser for a password, so it has none to send along unasked.
 */
const crossOrigin: RequestHandler = (request, response, next) => {
  const { origin } = request.headers
  if (origin !== undefined) {
    response.setHeader('Access-Control-Allow-Origin', origin)
    response.setHeader('Access-Control-Allow-Credentials', 'true')
    response.setHeader('Vary', 'Origin')
  }
  if (request.method !== 'OPTIONS') return next()
  response
    .writeHead(204, {
      'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE',
      'Access-Control-Allow-Headers':
        'Accept, ApiUserToken, Authorization, Content-Type, If-Match, If-None-Match',
      'Access-Control-Max-Age': '86400',
    })
    .end()
}

/** `group-N`, or `group-N/{collection}`: no document's id is the name of a collection. */
const placeOf = ([group = '', second, ...rest]: readonly string[]): Place =>
  second !== undefined && collectionNamed(second) !== undefined
    ? { name: `${group}/${second}`, rest }
    : { name: group, rest: second === undefined ? [] : [second, ...rest] }

const groupName = /^group-([1-9]\d{0,9})(?:\/(\w+))?$/

export const syncRouter = (app: AppContext, stopping: AbortSignal): RequestHandler => {
  const { accounts, tokens, groups, now, log } = app
  const login = new SyncLogin({ accounts, tokens, now })
  const open = async (name: string, message: unknown): Promise<Replica | undefined> => {
    const request = message as Request
    const user = await login.userOf(request)
    const [, groupId, collection] = groupName.exec(name) ?? []
    if (request.res) exchangeOf(request.res).groupId = user.groupId
    if (Number(groupId) !== user.groupId) return undefined
    const target = await groups.get(user.groupId)
    const named = collection === undefined ? undefined : collectionNamed(collection)
    return openGroupReplica({ target, actor: user, collection: named, now })
  }
  const protocol = replicationRouter({
    uuid: app.syncUuid,
    open,
    placeOf,
    stopping,
    onFault: (error) => log.error({ err: error }, 'A call of the replication protocol failed'),
  })
  const router = Router()
  router.use((_request, response, next) => {
    exchangeOf(response).route = '/sync'
    next()
  })
  router.use(crossOrigin, protocol)
  return router
}
