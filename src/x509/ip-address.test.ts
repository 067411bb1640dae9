import { describe, expect, it } from 'vitest'
import { formatIpAddress, parseIpAddress } from './ip-address.ts'

describe('addresses', () => {
  // RFC 5952 sections 4 and 5, RFC 4291 section 2.2.
  const cases: [text: string, canonical: string | null][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['192.0.2.256', null],
    ['192.0.2', null],
    ['192.0.2.01', null],
    ['192.0.2.0x1', null],
    ['192.0.2.1 ', null],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:0DB8::1', '2001:db8::1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['1:2:3:4:5:6:7::8', null],
    ['1:2:3:4:5:6:7:8:9', null],
    ['1:2:3:4:5:6:7', null],
    ['1::2::3', null],
    [':::', null],
    [':1', null],
    ['1:', null],
    ['12345::', null],
    ['::192.0.2.1:1', null],
    ['fe80::1%eth0', null],
    ['[::1]', null],
    ['::/0', null],
    ['', null],
  ]
  it.each(cases)('%s', (text, canonical) => {
    const octets = parseIpAddress(text)
    expect(octets === null ? null : formatIpAddress(octets)).toBe(canonical)
  })

  it('IPv4 and its mapping into IPv6 are different addresses', () => {
    expect(parseIpAddress('192.0.2.1')).toHaveLength(4)
    expect(parseIpAddress('::ffff:192.0.2.1')).toHaveLength(16)
  })
})
