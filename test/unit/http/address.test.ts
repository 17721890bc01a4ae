/** Addresses as failures are counted by. */
import { expect } from 'chai'
import { countedAddress } from '../../../server/http/address.ts'

describe('the address that failures are counted by', () => {
  it('is an IPv4 address as it is, mapped or not', () => {
    expect(countedAddress('192.0.2.7')).to.equal('192.0.2.7')
    expect(countedAddress('::ffff:192.0.2.7')).to.equal('192.0.2.7')
  })
  it('is the same whatever port a proxy writes behind it, and nothing where it is none', () => {
    expect(countedAddress('192.0.2.7:40111')).to.equal('192.0.2.7')
    expect(countedAddress('[2001:db8:1:2::7]:40111')).to.equal('2001:db8:1:2::/64')
    for (const text of ['', 'somebody', '192.0.2', '192.0.2.7:x'])
      expect(countedAddress(text)).to.equal('unknown')
  })
  it('is the /64 network of an IPv6 address', () => {
    const network = '2001:db8:1:2::/64'
    expect(countedAddress('2001:db8:1:2::7')).to.equal(network)
    expect(countedAddress('2001:db8:1:2:a:b:c:d')).to.equal(network)
    expect(countedAddress('2001:db8::7')).to.equal('2001:db8:0:0::/64')
    expect(countedAddress('::1')).to.equal('0:0:0:0::/64')
    expect(countedAddress('fe80::1%eth0')).to.equal('fe80:0:0:0::/64')
  })
})
