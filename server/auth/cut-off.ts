/**
 * Whether a session may still be used on the devices that it was used on. A session is bound to its devices, so that
 * a lost phone is cut off with every call that its tokens can make, also those that name no device.
 */
import type { AccountCache } from './account-cache.ts'
import type { DeviceDoc, SessionFields } from './account-docs.ts'

/** `cutOff`: it is told so, and wipes itself; `ended`: the device was let in again since, by a new sign-in. */
export type DeviceState = 'good' | 'cutOff' | 'ended'

/** As of a moment ago at most (account-cache.ts). */
export const deviceStateOf = async (
  cache: AccountCache,
  { devices = [], createdAt }: Pick<SessionFields, 'devices' | 'createdAt'>,
): Promise<DeviceState> => {
  let state: DeviceState = 'good'
  for (const id of devices) {
    const device = (await cache.get(id)) as DeviceDoc | undefined
    if (device?.cutOff) return 'cutOff'
    if (device && createdAt <= device.sessionsEndedAt) state = 'ended'
  }
  return state
}
