import { describe, expect, it } from 'vitest'
import { type ProxyProof, proxyAuthentication } from './proxy-authentication.ts'

const secret = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752'
const older = 'fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13'
const sha256 = '0380392f626654c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd'
const thumbprint = 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'
const now = Date.parse('2026-06-01') / 1000

const shown = {
  certPresented: '1',
  certRevoked: '0',
  certFingerprintSHA256: sha256,
  certNotBefore: 'Jan  1 00:00:00 2026 GMT',
  certNotAfter: 'Jan  1 00:00:00 2027 GMT',
}

type Wish = {
  readonly proof?: Partial<ProxyProof>
  readonly headers?: [string, string][]
  readonly tlsClientAuth?: Readonly<Record<string, unknown>>
  readonly at?: number
}

async function outcome({ proof = {}, headers = [], tlsClientAuth = {}, at = now }: Wish) {
  const cf = { tlsClientAuth: JSON.parse(JSON.stringify({ ...shown, ...tlsClientAuth })) }
  const request = new Request('https://x/', { headers, cf })
  const proven = await proxyAuthentication({ credential: null, certificate: null, ...proof })(
    request,
    at,
  )
  return proven.ok ? 'proven' : proven.error.why
}

const credential = { header: 'X-Proof', values: [secret] }
const rotating = { credential: { header: 'X-Proof', values: [secret, older] } }
const certificate = { by: 'thumbprint', thumbprints: ['x'.repeat(43), thumbprint] } as const
const sent = (...values: string[]) => values.map((one): [string, string] => ['x-proof', one])

describe('a proxy with a credential', () => {
  it.each<[name: string, wish: Wish, outcome: string]>([
    ['that sends it', { headers: sent(secret) }, 'proven'],
    ['that sends none', {}, 'credential_missing'],
    ['that sends an empty one', { headers: sent('') }, 'credential_missing'],
    ['that sends another', { headers: sent(older) }, 'credential_wrong'],
    ['that sends a part', { headers: sent(secret.slice(0, -1)) }, 'credential_wrong'],
    ['that sends more', { headers: sent(`${secret}0`) }, 'credential_wrong'],
    ['in capitals', { headers: sent(secret.toUpperCase()) }, 'credential_wrong'],
    ['that sends a very long one', { headers: sent('x'.repeat(60_000)) }, 'credential_wrong'],
    ['that sends it twice', { headers: sent(secret, secret) }, 'credential_repeated'],
    ['after a forged one', { headers: sent('x', secret) }, 'credential_repeated'],
    ['with an underscore', { headers: [['x_proof', secret]] }, 'credential_missing'],
    ['in a rotation: the new one', { proof: rotating, headers: sent(secret) }, 'proven'],
    ['in a rotation: the previous one', { proof: rotating, headers: sent(older) }, 'proven'],
    ['in a rotation: another', { proof: rotating, headers: sent('x') }, 'credential_wrong'],
  ])('%s', async (_, wish, expected) => {
    expect(await outcome({ ...wish, proof: { credential, ...wish.proof } })).toBe(expected)
  })
})

describe('a proxy with its own certificate', () => {
  it.each<[name: string, wish: Wish, outcome: string]>([
    ['that presents it', {}, 'proven'],
    ['in capitals', { tlsClientAuth: { certFingerprintSHA256: sha256.toUpperCase() } }, 'proven'],
    ['that presents none', { tlsClientAuth: { certPresented: '0' } }, 'certificate_missing'],
    [
      'that presents another',
      { tlsClientAuth: { certFingerprintSHA256: 'ab'.repeat(32) } },
      'certificate_wrong',
    ],
    [
      'without a fingerprint',
      { tlsClientAuth: { certFingerprintSHA256: '' } },
      'certificate_wrong',
    ],
    ['that is revoked', { tlsClientAuth: { certRevoked: '1' } }, 'certificate_refused'],
    ['in its first second', { at: Date.parse('2026-01-01') / 1000 }, 'proven'],
    ['one second before', { at: Date.parse('2026-01-01') / 1000 - 1 }, 'certificate_not_valid_now'],
    ['in its last second', { at: Date.parse('2027-01-01') / 1000 }, 'proven'],
    ['one second later', { at: Date.parse('2027-01-01') / 1000 + 1 }, 'certificate_not_valid_now'],
    ['without dates', { tlsClientAuth: { certNotAfter: '' } }, 'certificate_not_valid_now'],
  ])('%s', async (_, wish, expected) => {
    expect(await outcome({ ...wish, proof: { certificate } })).toBe(expected)
  })

  it('is missing without cf', async () => {
    const proven = await proxyAuthentication({ credential: null, certificate })(
      new Request('https://x/'),
      now,
    )
    expect(proven).toMatchObject({ ok: false, error: { why: 'certificate_missing' } })
  })
})

describe('a proxy with both proofs', () => {
  const proof = { credential, certificate }
  it.each<[wish: Wish, outcome: string]>([
    [{ headers: sent(secret) }, 'proven'],
    [{}, 'credential_missing'],
    [{ headers: sent(secret), tlsClientAuth: { certPresented: '0' } }, 'certificate_missing'],
  ])('%j', async (wish, expected) => expect(await outcome({ ...wish, proof })).toBe(expected))
})

it('needs a proof', () => {
  expect(() => proxyAuthentication({ credential: null, certificate: null })).toThrow(TypeError)
})

it('cannot check a certificate by its subject without a store', () => {
  const bySubject = { by: 'subject', trustAnchorSet: 'a', subjectDn: 'CN=a' } as const
  expect(() => proxyAuthentication({ credential, certificate: bySubject })).toThrow(/by subject/)
})

describe('the evidence of a refusal', () => {
  const refusal = async (tlsClientAuth: object, headers: [string, string][] = sent(secret)) => {
    const cf = { tlsClientAuth: { ...shown, ...tlsClientAuth } }
    const authenticate = proxyAuthentication({ credential, certificate })
    const proven = await authenticate(new Request('https://x/', { headers, cf }), now)
    return proven.ok ? null : proven.error
  }
  const other = 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s'
  it.each<[change: Record<string, unknown>, why: string, thumbprint: string | null]>([
    [{ certPresented: '0' }, 'certificate_missing', null],
    [{ certRevoked: '1' }, 'certificate_refused', thumbprint],
    [{ certRevoked: undefined }, 'certificate_refused', thumbprint],
    [{ certFingerprintSHA256: 'ab'.repeat(32) }, 'certificate_wrong', other],
    [{ certFingerprintSHA256: 7 }, 'certificate_wrong', null],
    [{ certNotAfter: shown.certNotBefore }, 'certificate_not_valid_now', thumbprint],
    [{ certNotBefore: 7 }, 'certificate_not_valid_now', thumbprint],
  ])('%j', async (change, why, thumbprint) => {
    const expected = { code: 'proxy_unauthenticated', why, thumbprint, refusal: null }
    expect(await refusal(change)).toEqual(expected)
  })

  it('contains no certificate if the credential is the reason', async () => {
    const expected = { code: 'proxy_unauthenticated', thumbprint: null, refusal: null }
    expect(await refusal({}, [])).toEqual({ ...expected, why: 'credential_missing' })
    expect(await refusal({}, sent(older))).toEqual({ ...expected, why: 'credential_wrong' })
    expect(await refusal({}, [])).not.toBeNull()
    expect(await refusal({})).toBeNull()
  })
})

it('accepts a credential of up to 1024 characters', async () => {
  const long = (length: number) => {
    const values = ['x'.repeat(length)]
    return outcome({
      proof: { credential: { header: 'X-Proof', values } },
      headers: sent(...values),
    })
  }
  expect(await long(1024)).toBe('proven')
  expect(await long(1025)).toBe('credential_wrong')
})
