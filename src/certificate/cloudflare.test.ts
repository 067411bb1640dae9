import { describe, expect, it } from 'vitest'
import { cloudflareCertificate } from './cloudflare.ts'

const sha256 = '0380392f626654c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd'
const thumbprint = 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

const valid = {
  certPresented: '1',
  certVerified: 'FAILED:self signed certificate',
  certRevoked: '0',
  certFingerprintSHA256: sha256,
  certNotBefore: 'Jan  1 00:00:00 2026 GMT',
  certNotAfter: 'Jan  1 00:00:00 2027 GMT',
  certRFC9440: ':AQID:',
  certRFC9440TooLarge: false,
  certChainRFC9440: ':BA==:, :BQ==:',
  certChainRFC9440TooLarge: false,
}
const placeholder = {
  certPresented: '0',
  certVerified: 'NONE',
  certRevoked: '0',
  certFingerprintSHA256: '',
  certNotBefore: '',
  certNotAfter: '',
  certRFC9440: '',
  certRFC9440TooLarge: false,
  certChainRFC9440: '',
  certChainRFC9440TooLarge: false,
}
const tooLarge = { certRFC9440: '', certRFC9440TooLarge: true }
const without = (...names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]))

/** The result of reading `tlsClientAuth`, which the platform passes as JSON. */
function read(tlsClientAuth: unknown, headers: Record<string, string> = {}): unknown {
  const cf = tlsClientAuth === undefined ? {} : { tlsClientAuth }
  const request = new Request('https://x/', { cf: JSON.parse(JSON.stringify(cf)), headers })
  const presented = cloudflareCertificate(request)
  if (!presented.ok) return presented.error
  if (presented.value.kind !== 'whole') return presented.value
  const { kind, chainTooLarge, decode } = presented.value
  const decoded = decode()
  return decoded.ok ? { kind, ...decoded.value, chainTooLarge } : decoded.error
}

const whole = {
  kind: 'whole',
  leaf: Uint8Array.of(1, 2, 3),
  chain: [Uint8Array.of(4), Uint8Array.of(5)],
  chainTooLarge: false,
}
const digest = {
  kind: 'digest',
  thumbprint,
  notBefore: Date.parse('2026-01-01') / 1000,
  notAfter: Date.parse('2027-01-01') / 1000,
}

describe('what was presented', () => {
  it.each<[name: string, change: Record<string, unknown>, presented: unknown]>([
    ['leaf and chain', {}, whole],
    ['only a leaf', { certChainRFC9440: '' }, { ...whole, chain: [] }],
    ['a leaf without the chain field', without('certChainRFC9440'), { ...whole, chain: [] }],
    [
      'a leaf whose chain was too large',
      { certChainRFC9440: '', certChainRFC9440TooLarge: true },
      { ...whole, chain: [], chainTooLarge: true },
    ],
    ['any certVerified of the edge', { certVerified: 'SUCCESS' }, whole],
    ['without certVerified', without('certVerified'), whole],
    ['without a fingerprint', without('certFingerprintSHA256'), whole],
    ['a leaf that was too large', tooLarge, digest],
    [
      'a fingerprint in upper case',
      { ...tooLarge, certFingerprintSHA256: sha256.toUpperCase() },
      digest,
    ],
    [
      'sixteen in the chain',
      { certChainRFC9440: Array(16).fill(':BA==:').join() },
      {
        ...whole,
        chain: Array(16).fill(Uint8Array.of(4)),
      },
    ],
  ])('%s', (_, change, presented) => expect(read({ ...valid, ...change })).toEqual(presented))

  it.each([
    ['no field at all', undefined],
    ['null', null],
    ['a text', 'certPresented'],
    ['the placeholder', placeholder],
    ['the placeholder, with other fields', { ...valid, certPresented: '0' }],
  ])('is no certificate with %s', (_, evidence) => expect(read(evidence)).toEqual({ kind: 'none' }))

  it('is no certificate without cf', () => {
    expect(cloudflareCertificate(new Request('https://x/'))).toEqual({
      ok: true,
      value: { kind: 'none' },
    })
  })

  it('is no certificate with any headers', () => {
    const headers = {
      'mf-cf-blob': JSON.stringify({ tlsClientAuth: valid }),
      'client-cert': ':AQID:',
      'x-client-cert': 'x',
      'cf-client-cert-der-base64': 'AQID',
    }
    expect(read(undefined, headers)).toEqual({ kind: 'none' })
    expect(read(placeholder, headers)).toEqual({ kind: 'none' })
  })
})

describe('unreadable', () => {
  const chain = 'certChainRFC9440 is not a List of at most 16 Byte Sequences'
  const leaf = 'certRFC9440 is not a Byte Sequence'
  const presented = 'certPresented is neither 0 nor 1'
  const revoked = 'certRevoked is neither 0 nor 1'
  const missing = 'too large, and its fingerprint or dates are missing'

  it.each<[change: Record<string, unknown>, problem: string]>([
    [without('certPresented'), presented],
    [{ certPresented: '' }, presented],
    [{ certPresented: 1 }, presented],
    [{ certPresented: true }, presented],
    [{ certPresented: ['1'] }, presented],
    [without('certRevoked'), revoked],
    [{ certRevoked: 0 }, revoked],
    [{ certRevoked: false }, revoked],
    [{ certRevoked: '' }, revoked],
    [without('certRFC9440'), leaf],
    [{ certRFC9440: '' }, leaf],
    [{ certRFC9440: 'AQID' }, leaf],
    [{ certRFC9440: [':AQID:'] }, leaf],
    [{ certRFC9440: '', certRFC9440TooLarge: 'true' }, leaf],
    [{ certChainRFC9440: ':BA==:,' }, chain],
    [{ certChainRFC9440: [':BA==:'] }, chain],
    [{ certChainRFC9440: Array(17).fill(':BA==:').join() }, chain],
    [{ ...tooLarge, ...without('certNotBefore') }, missing],
    [{ ...tooLarge, certNotBefore: 'yesterday' }, missing],
    [{ ...tooLarge, ...without('certNotAfter') }, missing],
    [{ ...tooLarge, certNotAfter: 4 }, missing],
  ])('%j', (change, problem) => {
    expect(read({ ...valid, ...change })).toEqual({
      code: 'certificate_unreadable',
      problem,
      thumbprint,
    })
  })

  it.each([
    [undefined],
    [''],
    [7],
    [sha256.slice(2)],
    [sha256 + sha256], // as in the example of the platform's own types
    [sha256.replace('0', 'g')],
  ])('too large, with the fingerprint %j', (fingerprint) => {
    expect(read({ ...valid, ...tooLarge, certFingerprintSHA256: fingerprint })).toEqual({
      code: 'certificate_unreadable',
      problem: missing,
      thumbprint: null,
    })
  })
})

it('is refused if the edge reports a revocation', () => {
  expect(read({ ...valid, certRevoked: '1' })).toEqual({
    code: 'certificate_revoked_at_edge',
    thumbprint,
  })
  expect(read({ ...valid, ...tooLarge, certRevoked: '1' })).toMatchObject({
    code: 'certificate_revoked_at_edge',
  })
})
