import { describe, expect, it } from 'vitest'
import { toBase64url } from '../encoding/base64.ts'
import { toHex } from '../encoding/hex.ts'
import { isProbablyRandom } from './random-text.ts'

const octets = (count: number) => crypto.getRandomValues(new Uint8Array(count))
const hex = '9f86d081884c7d659a2feaa0c55ad015'

describe('a text that chance may have made', () => {
  it.each([
    [`Cert-${hex}`],
    [hex],
    [hex.toUpperCase()],
    ['Sec-Client-X509-Cert-alaeLuL8geiqu3OhOg1Mafa4Ecu9ahsh'],
    ['Client-Cert-mzxw6ytboi2gk4tfobqxg5dj3q'],
    [`x${hex}`.padEnd(512, '-')],
  ])('%s', (text) => expect(isProbablyRandom(text)).toBe(true))

  it('is every one that the commands make', () => {
    for (let i = 0; i < 2000; i++) {
      expect(isProbablyRandom(`Cert-${toHex(octets(16))}`)).toBe(true)
      expect(isProbablyRandom(toHex(octets(32)))).toBe(true)
    }
  })

  it('is nearly every one that others make', () => {
    const made = Array.from({ length: 1000 }, () =>
      isProbablyRandom(toBase64url(octets(32)).replaceAll(/[_-]/g, '')),
    )
    expect(made.filter((right) => !right).length).toBeLessThan(10)
  })
})

describe('a text that somebody thought of', () => {
  it.each([
    [''],
    ['X-Client-Cert'],
    [`Cert-${hex.slice(0, 26)}`],
    [`x${hex}`.padEnd(513, '-')],
    ['X-Forwarded-Tls-Client-Certificate-2026'],
    ['XClientCertificateHeaderName2026x'],
    ['CertX-MyCompanyProductionGateway1'],
    ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1'],
    ['0123456789012345678901234567890123456789'],
    ['abcdefghijklmnopqrstuvwxyz0123456789'],
    ['1234567890qwertyuiopasdfghjklzxcvbnm'],
    [`${hex.slice(0, 16)}${hex.slice(0, 16)}${hex.slice(0, 16)}`],
    ['9f86-d081-884c-7d65-9a2f-eaa0-c55a-d015'],
  ])('%s', (text) => expect(isProbablyRandom(text)).toBe(false))
})
