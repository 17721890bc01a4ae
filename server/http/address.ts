/** Addresses as failures are counted by. */
import { isIP } from 'node:net'

/** With the port that some proxies write behind it: `192.0.2.7:443`, `[2001:db8::1]:443`. */
const withPort = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/

/**
 * An IPv4 address as it is, also one mapped into IPv6; of an IPv6 address the /64 network, all of which one caller owns.
 * What is no address is `unknown`, so that nobody gets a count of their own by it.
 */
export const countedAddress = (given: string): string => {
  const [, bracketed, plain] = withPort.exec(given) ?? []
  const address = bracketed ?? plain ?? given
  if (isIP(address) === 0) return 'unknown'
  if (!address.includes(':')) return address
  const mapped = /:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [before = '', after] = (address.split('%')[0] ?? '').split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0')
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`
}
