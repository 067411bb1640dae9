import { expect, it } from 'vitest'
import { utf8 } from './bytes.ts'
import { sha256, sha256Base64url, sha256Hex } from './sha256.ts'

// FIPS 180-4, the example "abc"
const hex = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

it('hashes octets, and writes the digest in two forms', async () => {
  const abc = utf8('abc')
  expect(await sha256Hex(abc)).toBe(hex)
  expect(await sha256Base64url(abc)).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  expect([...(await sha256(abc)).slice(0, 2)]).toEqual([0xba, 0x78])
})
