/** GET /v2/mobile/devices, DELETE /v2/mobile/devices/{deviceId}, POST /v2/mobile/devices/{deviceId}/restore */
import type { z } from 'zod'
import type { DeviceFields } from '../../auth/account-docs.ts'
import type { Api } from '../../contract/api.ts'
import type { device } from '../../contract/devices.ts'
import type { Handler } from '../../http/handler.ts'
import { placeIn } from '../list-place.ts'

const devicePlace = /^[^\p{C}]{1,100}$/u
const unknownDevice = { detail: 'There is no such device in your group.' }

const instant = (ms: number): string => new Date(ms).toISOString()

const shown = (doc: DeviceFields): z.output<typeof device> => {
  const { deviceId, firstSeenAt, software, cutOff } = doc
  const users = doc.users.map(({ userId, username, displayName, lastSeenAt }) => ({
    ...{ userId, username, displayName },
    lastSeenAt: instant(lastSeenAt),
  }))
  const [last] = users
  if (!last) throw new Error('A device without a user')
  const { userId, username, displayName, lastSeenAt } = last
  return {
    ...{ deviceId, user: { userId, username, displayName }, users },
    ...{ firstSeenAt: instant(firstSeenAt), lastSeenAt, software },
    cutOff: cutOff && {
      ...{ at: instant(cutOff.at), by: cutOff.by },
      toldAt: cutOff.toldAt === null ? null : instant(cutOff.toldAt),
    },
  }
}

export const listDevices: Handler<Api['listDevices']> = async (input, app) => {
  const { cursor, limit } = input.query
  const after = placeIn(cursor, devicePlace)
  const found = await app.accounts.devices.list(input.caller.user.groupId, { after, limit: limit + 1 })
  const items = found.slice(0, limit).map(shown)
  const last = found.length > limit ? items.at(-1)?.deviceId : undefined
  return { status: 200, body: { items, nextCursor: last ?? null } }
}

export const cutOffDevice: Handler<Api['cutOffDevice']> = async (input, app) => {
  const { user } = input.caller
  const { deviceId } = input.params
  const device = await app.accounts.devices.cutOff(user.groupId, deviceId, user)
  if (!device) return input.fail('NOT_FOUND', unknownDevice)
  app.log.warn({ groupId: user.groupId, deviceId, by: user.userId }, 'A device has been cut off')
  return { status: 204 }
}

export const restoreDevice: Handler<Api['restoreDevice']> = async (input, app) => {
  const { user } = input.caller
  const device = await app.accounts.devices.restore(user.groupId, input.params.deviceId)
  if (!device) return input.fail('NOT_FOUND', unknownDevice)
  return { status: 200, body: shown(device) }
}
