/** GET /v2/registrations/clients/{clientId} */
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { readable } from '../mobile/readable.ts'
import { vetSide } from '../vet-side.ts'

type Registration = ResponseOf<Api['getRegistration']>

export const getRegistration: Handler<Api['getRegistration']> = async (input, app) => {
  const { groupId } = input.query
  const { group, actor } = await vetSide(app, { caller: input.caller, groupId })
  const { clientId } = input.params
  const [client, doc] = await Promise.all([
    readable(group, 'client', clientId, actor),
    group.db.get(`registration:${clientId}`),
  ])
  if (!client || !doc) return input.fail('NOT_FOUND')
  const { siteId, registeredAt, terms, consents, matchLevel, clientCategory, introducedBy } =
    doc as unknown as Registration
  return {
    status: 200,
    body: {
      ...{ clientId, groupId: group.groupId, siteId, registeredAt, terms, consents },
      ...{ matchLevel, clientCategory, introducedBy },
    },
  }
}
