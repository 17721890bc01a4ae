/** A call that names its device: the device is seen, or told that it has been cut off. */
import type { IncomingHttpHeaders } from 'node:http'
import { headerText } from '../../auth/authenticate.ts'
import type { StaffIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import type { FailOptions } from '../../http/problem.ts'

interface DeviceCall {
  caller: { user: StaffIdentity }
  request: { headers: IncomingHttpHeaders }
  fail: (code: 'DEVICE_CUT_OFF', options?: FailOptions) => never
}

const longestSoftware = 200

/** What `Client-Version` says, as far as it can be shown. */
const softwareOf = (headers: IncomingHttpHeaders): string | null =>
  headerText(headers['client-version'])
    ?.replace(/[^\x20-\x7e]/g, '')
    .slice(0, longestSoftware)
    .trim() || null

/** Fails with DEVICE_CUT_OFF where the device is not to go on. */
export const greetDevice = async (input: DeviceCall, app: AppContext, deviceId: string): Promise<void> => {
  const { user } = input.caller
  const contact = { deviceId, user, software: softwareOf(input.request.headers) }
  if ((await app.accounts.devices.contact(contact)) === 'cutOff') input.fail('DEVICE_CUT_OFF')
}
