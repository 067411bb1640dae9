import { describe, expect, it } from 'vitest'
import { fromBase64, fromBase64url, toBase64, toBase64url } from './base64.ts'

const octets = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 251) & 0xff)

describe('base64', () => {
  it.each([0, 1, 2, 3, 100, 20_000])('reads what it writes: %i octets', (length) => {
    expect(fromBase64(toBase64(octets(length)))).toEqual(octets(length))
    expect(fromBase64url(toBase64url(octets(length)))).toEqual(octets(length))
  })

  it('writes both alphabets, with and without padding', () => {
    expect(toBase64(Uint8Array.of(0xfb, 0xff))).toBe('+/8=')
    expect(toBase64url(Uint8Array.of(0xfb, 0xff))).toBe('-_8')
  })

  // Each refused text beside its accepted twin.
  it.each([
    ['padding', '+/8=', '+/8'],
    ['zero pad bits', '+/8=', '+/9='],
    ['zero pad bits of one octet', '/w==', '/x=='],
    ['no white space', '+/8=', '+/8= '],
    ['its alphabet', '+/8=', '-_8='],
    ['no padding within', '+/8=', '+=8='],
  ])('wants %s', (_, accepted, refused) => {
    expect(fromBase64(accepted)).not.toBeNull()
    expect(fromBase64(refused)).toBeNull()
  })

  it.each([
    ['no padding', '-_8', '-_8='],
    ['zero pad bits', '-_8', '-_9'],
    ['its alphabet', '-_8', '+/8'],
    ['whole octets', '-_8', '-'],
  ])('base64url wants %s', (_, accepted, refused) => {
    expect(fromBase64url(accepted)).not.toBeNull()
    expect(fromBase64url(refused)).toBeNull()
  })
})
