import { describe, expect, it } from 'vitest'
import { toBase64url } from '../encoding/base64.ts'
import { toHex } from '../encoding/hex.ts'
import { isProbablyRandom } from './random-text.ts'

const octets = (count: number) => crypto.getRandomValues(new Uint8Array(count))
const hex = '9f86d081884c7d659a2feaa0c55ad015'

describe('a random text', () => {
  it.each([
    [`Cert-${hex}`],
    [hex],
    [hex.toUpperCase()],
    ['Sec-Client-X509-Cert-alaeLuL8geiqu3OhOg1Mafa4Ecu9ahsh'],
    ['Client-Cert-mzxw6ytboi2gk4tfobqxg5dj3q'],
    [`x${hex}`.padEnd(512, '-')],
  ])('%s', (text) => expect(isProbablyRandom(text)).toBe(true))

  it('is accepted if the commands made it', () => {
    for (let i = 0; i < 2000; i++) {
      expect(isProbablyRandom(`Cert-${toHex(octets(16))}`)).toBe(true)
      expect(isProbablyRandom(toHex(octets(32)))).toBe(true)
    }
  })

  it('is accepted in almost all cases', () => {
    const made = Array.from({ length: 1000 }, () =>
      isProbablyRandom(toBase64url(octets(32)).replaceAll(/[_-]/g, '')),
    )
    expect(made.filter((right) => !right).length).toBeLessThan(10)
  })
})

describe('a text that a person made up', () => {
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

describe('the limits', () => {
  const run = '3f9c2a71d5e84b06a1c7f2'
  it.each<[name: string, text: string, expected: boolean]>([
    ['22 random characters in 32', `${run}----------`, true],
    ['22 random characters in 31', `${run}---------`, false],
    ['21 random characters in 32', `${run.slice(0, 21)}-----------`, false],
    ['512 characters', run.padEnd(512, '-'), true],
    ['513 characters', run.padEnd(513, '-'), false],
    ['a run behind another one', `example-${run}--`, true],
    ['no digit', 'qgwzkxvbmpjdhtrcyslfunaeio-zxkqwv'.replaceAll('-', ''), false],
    ['one digit', `${'gwzkxvbmpjdhtrcyslfun'}7----------`, true],
    ['seven different characters', '1a2b3c71a3b2c17c3a2b1c7a2b3c1a7b', false],
    ['eight different characters', '1a2b3c7d1a3b2c17d3a2b1c7a2b3c1ad', true],
    ['one character in half of the places', '1a1b1c1d1e1f1g1h1k1m1p1q--------', true],
    ['one character in more than half', '1a1b1c1d1e1f1g1h1k1m1p11--------', false],
    ['a pattern twice', `${'3f9c2a71d5e84b06'}${'3f9c2a71d5e84b06'}`, false],
  ])('%s', (_, text, expected) => expect(isProbablyRandom(text)).toBe(expected))

  it.each([
    ...['forward', 'client', 'certificate', 'cert', 'header', 'secret', 'proxy', 'gateway'],
    ...['production', 'staging', 'token', 'company', 'partner', 'private', 'hidden', 'random'],
    ...['name', 'value', 'mtls', 'x509', 'oauth', 'auth', 'cloud', 'edge', 'server', 'internal'],
    ...['password', 'passwort', 'example', 'test', 'default', 'change', 'upstream', 'backend'],
    'bank',
  ])('%s does not count as random characters', (word) => {
    const [start, end] = [run.slice(0, 11), run.slice(11)]
    expect(isProbablyRandom(`${start}${word}${end}--------`)).toBe(false)
    expect(isProbablyRandom(`${start}${end}${word}--------`)).toBe(true)
  })

  it.each(['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'])(
    'neighbours in %s are not random, in both directions',
    (row) => {
      const steps = row.slice(0, 7)
      const back = [...steps].reverse().join('')
      expect(isProbablyRandom(`${steps}${back}${steps}5x9----------`)).toBe(false)
    },
  )
})
