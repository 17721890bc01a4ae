/** The CouchDB replication protocol at `/sync`: `group-N` and `group-N/{collection}`, with the rights of the API. */
import { Router, type Request, type RequestHandler, type Response } from 'express'
import type { Place, Replica } from '../../sync/replication/replica.ts'
import { openGroupReplica } from '../../sync/replication/group/group-replica.ts'
import { collectionNamed } from '../../sync/replication/group/naming.ts'
import { ProtocolError } from '../../sync/replication/errors.ts'
import { replicationRouter } from '../../sync/replication/router.ts'
import type { AppContext } from '../context.ts'
import { countedAddress } from '../http/address.ts'
import { exchangeOf } from '../http/exchange.ts'
import { ProblemError, problemHeaders } from '../http/problem.ts'
import { SyncLogin } from './login.ts'
import { recordedReplica } from './recorded-replica.ts'
import { signedIn } from './standing.ts'

/** `group-N`, or `group-N/{collection}`: no document's id is the name of a collection. */
const placeOf = ([group = '', second, ...rest]: readonly string[]): Place =>
  second !== undefined && collectionNamed(second) !== undefined
    ? { name: `${group}/${second}`, rest }
    : { name: group, rest: second === undefined ? [] : [second, ...rest] }

const groupName = /^group-([1-9]\d{0,9})(?:\/(\w+))?$/

/** The limit of the API for the same user, in the protocol's words. */
const limited = async (
  { rateLimits }: AppContext,
  user: { userId: string },
  request: Request,
  response: Response,
): Promise<void> => {
  try {
    await rateLimits.ofCaller({ user }, countedAddress(request.ip ?? ''), exchangeOf(response).head)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const headers = problemHeaders(error)
    throw new ProtocolError(429, 'too_many_requests', 'Too many requests. Try again later.', headers)
  }
}

export const syncRouter = (app: AppContext, stopping: AbortSignal): RequestHandler => {
  const { accounts, tokens, groups, now, log } = app
  const login = new SyncLogin({ accounts, tokens, now })
  const version = (): number => accounts.identities.version
  const open = async (name: string, message: unknown): Promise<Replica | undefined> => {
    const request = message as Request
    const { caller, stands } = await signedIn(request, { login, version, now })
    const { user } = caller
    const [, groupId, collection] = groupName.exec(name) ?? []
    if (request.res) {
      const exchange = exchangeOf(request.res)
      exchange.groupId = user.groupId
      exchange.accountId = caller.key?.accountId
      await limited(app, user, request, request.res)
    }
    if (Number(groupId) !== user.groupId) return undefined
    const target = await groups.get(user.groupId)
    const named = collection === undefined ? undefined : collectionNamed(collection)
    const opened = openGroupReplica({ target, actor: user, collection: named, now })
    const replica = { ...opened, stands }
    return request.res
      ? recordedReplica(replica, { app, caller, collection: named, request, response: request.res })
      : replica
  }
  const protocol = replicationRouter({
    uuid: app.syncUuid,
    open,
    placeOf,
    stopping,
    onFault(error, message) {
      const { res } = message as Request
      const requestId = res && exchangeOf(res).requestId
      log.error({ err: error, requestId }, 'A call of the replication protocol failed')
    },
  })
  const router = Router()
  router.use((_request, response, next) => {
    exchangeOf(response).route = '/sync'
    next()
  })
  router.use(protocol)
  return router
}
