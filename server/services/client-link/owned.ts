/** What a customer may call theirs: their client record with each group, and what hangs on it. */
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'
import type { KeyIdentity, UserIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'

/** A client record that is the customer's, and where it is. */
export interface Owned {
  group: Group
  groupName: string
  linkId: string
  clientId: string
  client: StoredDoc
}

interface Customer {
  key: KeyIdentity
  user: UserIdentity
}

/** The customer's client records, in the groups that the key may see. */
export const ownedBy = async (app: AppContext, { key, user }: Customer): Promise<Owned[]> => {
  const account = await app.accounts.globalAccounts.find(user.userId)
  const found = (account?.links ?? []).map(async ({ groupId, clientId, linkId }): Promise<Owned[]> => {
    if (clientId === null || !key.groupIds.includes(groupId)) return []
    const [named, group] = await Promise.all([app.accounts.group(groupId), app.groups.get(groupId)])
    const client = named && (await group.db.get(docId('client', clientId)))
    return named && client ? [{ group, groupName: named.name, linkId, clientId, client }] : []
  })
  return (await Promise.all(found)).flat()
}

/** A record of a client's, wherever it is; undefined where it is somebody else's or nobody's. */
export const findOwned = async (
  owned: readonly Owned[],
  type: string,
  id: string,
): Promise<{ mine: Owned; doc: StoredDoc } | undefined> => {
  for (const mine of owned) {
    const doc = await mine.group.db.get(docId(type, id))
    if (doc && doc['clientId'] === mine.clientId) return { mine, doc }
  }
  return undefined
}
