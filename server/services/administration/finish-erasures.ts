/** Hourly: erasures that a server that died left, and those of the last days once more. */
import { finishErasures } from '../../../sync/erasure/erase-client.ts'
import type { Accounts } from '../../auth/accounts.ts'
import type { Groups } from '../../../sync/group.ts'
import type { Store } from '../../../sync/store/port.ts'

export interface Finishing {
  accounts: Pick<Accounts, 'globalAccounts'>
  groups: Groups
  store: Pick<Store, 'list'>
  /** ms since the epoch */
  now: () => number
}

export const finishAllErasures = async ({ accounts, groups, store, now }: Finishing): Promise<void> => {
  for (const name of await store.list()) {
    const groupId = Number(/^group-(\d+)$/.exec(name)?.[1])
    if (!groupId) continue
    for (const clientId of await finishErasures(await groups.get(groupId), now()))
      await accounts.globalAccounts.forgetClient(groupId, clientId)
  }
}
