import { beforeAll, describe, expect, it } from 'vitest'
import { subjectAltName } from '../../test/support/mint/extensions.ts'
import {
  type Authority,
  issueCertificate,
  jwksOf,
  mintAuthority,
  type PartnerCertificate,
  pkiClient,
  registrationOf,
  selfSignedCertificate,
  selfSignedClient,
} from '../../test/support/worker/partners.ts'
import type { Client } from '../clients/client.ts'
import { toBase64 } from '../encoding/base64.ts'
import { err, ok } from '../encoding/result.ts'
import type { TrustAnchorSet } from '../trust-anchors/trust-anchor-set.ts'
import {
  parseCertificate,
  publicKeyToJwk,
  thumbprint as thumbprintOf,
  trustAnchor,
  unparsedCertificate,
} from '../x509/index.ts'
import { authenticateByMethod } from './authenticate-client.ts'
import type { CertificateEvidence, VerificationStores } from './authentication-method.ts'
import { verificationCache } from './verification-cache.ts'

const now = 1_800_000_000
const day = 86_400

let authority: Authority
let acme: PartnerCertificate
let solo: PartnerCertificate
let other: PartnerCertificate

beforeAll(async () => {
  authority = await mintAuthority('Acme CA', now)
  acme = await issueCertificate(authority, now)
  solo = await selfSignedCertificate(now)
  other = await selfSignedCertificate(now)
})

const whole = (
  { leaf, chain }: Pick<PartnerCertificate, 'leaf' | 'chain'>,
  chainTooLarge = false,
): CertificateEvidence => ({
  kind: 'whole',
  raw: { leaf: toBase64(leaf), chain: chain.map(toBase64).join() },
  chainTooLarge,
  decode: () => ok({ leaf, chain }),
})

const anchorsOf = (change: Partial<TrustAnchorSet> = {}): TrustAnchorSet => ({
  name: 'acme-ca',
  version: 1,
  certificates: [trustAnchor(authority.root.der)],
  intermediates: [],
  revocation: 'off',
  extendedKeyUsage: [],
  crlGeneration: 0,
  ...change,
})

const clientOf = (
  metadata: Readonly<Record<string, unknown>>,
  trustAnchors: TrustAnchorSet | null = null,
): Client => ({ ...registrationOf(metadata), version: 1, enabled: true, trustAnchors })

/** Stores without CRLs, and the sets whose CRLs were looked up and recorded. */
function storesWith() {
  const calls: string[] = []
  const stores: VerificationStores = {
    verified: verificationCache(1_000_000),
    crls: {
      withCrls: (set, verify) => {
        calls.push(`look up ${set.name}`)
        return verify([])
      },
      recordSources: (set, path) => void calls.push(`record ${path.length} of ${set.name}`),
    },
  }
  return { stores, calls }
}

async function verdict(
  client: Client,
  presented: CertificateEvidence,
  time = now,
  stores = storesWith().stores,
) {
  const result = await authenticateByMethod(client, presented, stores, {
    now: time,
    defer: () => {},
  })
  return result.ok ? result.value.proof : result.error
}

describe('tls_client_auth', () => {
  it('proves a client by a path and its subject', async () => {
    expect(await verdict(clientOf(pkiClient, anchorsOf()), whole(acme))).toEqual({
      method: 'tls_client_auth',
      validUntil: now + 30 * day,
      certificate: { thumbprint: await thumbprintOf(acme.leaf) },
    })
  })

  it('refuses every certificate of a client whose set is not stored', async () => {
    expect(await verdict(clientOf(pkiClient), whole(acme))).toEqual({
      code: 'certificate_path',
      clientId: 'acme',
      path: { reason: 'no_trust_anchor' },
      subject: 'CN=partner,O=Acme',
      thumbprint: await thumbprintOf(acme.leaf),
      trustAnchorSet: 'acme-ca',
    })
  })

  it('refuses a digest, which has neither subject nor issuer', async () => {
    const digest = { kind: 'digest', thumbprint: 't', notBefore: now, notAfter: now + 1 } as const
    expect(await verdict(clientOf(pkiClient, anchorsOf()), digest)).toEqual({
      code: 'certificate_too_large',
      clientId: 'acme',
      thumbprint: 't',
    })
  })

  const withoutChain = () => ({ leaf: acme.leaf, chain: [] })

  it('names the chain that the edge left out, if an issuer is missing', async () => {
    const client = clientOf(pkiClient, anchorsOf())
    expect(await verdict(client, whole(withoutChain(), true))).toEqual({
      code: 'certificate_chain_too_large',
      clientId: 'acme',
      subject: 'CN=partner,O=Acme',
    })
    expect(await verdict(client, whole(withoutChain()))).toMatchObject({
      code: 'certificate_path',
      path: { reason: 'unknown_issuer' },
    })
  })

  it('names another reason even if the edge left the chain out', async () => {
    const client = clientOf(pkiClient, anchorsOf())
    expect(await verdict(client, whole(acme, true), now + 31 * day)).toMatchObject({
      code: 'certificate_path',
      path: { reason: 'expired' },
    })
  })

  it('uses the stored intermediates of the set', async () => {
    const intermediates = [unparsedCertificate(authority.intermediate.der)]
    const client = clientOf(pkiClient, anchorsOf({ intermediates }))
    expect(await verdict(client, whole(withoutChain()))).toMatchObject({
      method: 'tls_client_auth',
    })
  })

  it('refuses another subject, with what was presented', async () => {
    const another = await issueCertificate(authority, now, { subject: 'CN=other,O=Acme' })
    expect(await verdict(clientOf(pkiClient, anchorsOf()), whole(another))).toEqual({
      code: 'subject_mismatch',
      clientId: 'acme',
      attribute: 'tls_client_auth_subject_dn',
      expected: 'CN=partner,O=Acme',
      presented: ['CN=other,O=Acme'],
      thumbprint: await thumbprintOf(another.leaf),
    })
  })

  it.each([
    ['tls_client_auth_san_dns', 'a.example'],
    ['tls_client_auth_san_uri', 'urn:a'],
    ['tls_client_auth_san_ip', '192.0.2.1'],
    ['tls_client_auth_san_email', 'a@a.example'],
  ])('refuses a certificate without the registered %s', async (attribute, value) => {
    const { tls_client_auth_subject_dn: _, ...rest } = pkiClient
    const client = clientOf({ ...rest, [attribute]: value }, anchorsOf())
    expect(await verdict(client, whole(acme))).toMatchObject({
      code: 'subject_mismatch',
      attribute,
      expected: value,
      presented: [],
    })
  })

  it.each([
    ['tls_client_auth_san_dns', 'c.example', ['a.example', 'b.example']],
    ['tls_client_auth_san_uri', 'urn:c', ['urn:a', 'urn:b']],
    ['tls_client_auth_san_ip', '192.0.2.3', ['192.0.2.1', '192.0.2.2']],
    ['tls_client_auth_san_email', 'c@a.example', ['a@a.example', 'b@a.example']],
  ])('names only what was presented for the registered %s', async (attribute, other, presented) => {
    const names = subjectAltName([
      { dns: 'a.example' },
      { dns: 'b.example' },
      { uri: 'urn:a' },
      { uri: 'urn:b' },
      { ip: [192, 0, 2, 1] },
      { ip: [192, 0, 2, 2] },
      { email: 'a@a.example' },
      { email: 'b@a.example' },
    ])
    const named = await issueCertificate(authority, now, { more: [names] })
    const { tls_client_auth_subject_dn: _, ...rest } = pkiClient
    const registered = (value: string) => clientOf({ ...rest, [attribute]: value }, anchorsOf())
    expect(await verdict(registered(other), whole(named))).toMatchObject({
      code: 'subject_mismatch',
      presented,
    })
    expect(await verdict(registered(presented[1] ?? ''), whole(named))).toMatchObject({
      method: 'tls_client_auth',
    })
  })

  describe('with CRLs', () => {
    it.each([
      ['off', [], undefined],
      ['if-available', ['look up acme-ca', 'record 3 of acme-ca'], undefined],
      ['require', ['look up acme-ca', 'record 3 of acme-ca'], 'revocation_unknown'],
    ] as const)('of the policy %s', async (revocation, expected, reason) => {
      const { stores, calls } = storesWith()
      const client = clientOf(pkiClient, anchorsOf({ revocation }))
      const result = await verdict(client, whole(acme), now, stores)
      expect('path' in result ? result.path.reason : undefined).toBe(reason)
      expect(calls).toEqual(expected)
    })

    it('records nothing of a path that is refused for another reason', async () => {
      const { stores, calls } = storesWith()
      const client = clientOf(pkiClient, anchorsOf({ revocation: 'require' }))
      await verdict(client, whole(acme), now + 31 * day, stores)
      expect(calls).toEqual(['look up acme-ca'])
    })
  })
})

describe('self_signed_tls_client_auth', () => {
  const solely = (...keys: unknown[]) => clientOf(selfSignedClient({ keys }))
  const certificateKey = () => jwksOf(solo).keys[0]
  const digestOf = async (
    { leaf }: PartnerCertificate,
    notBefore = now,
    notAfter = now + 1,
  ): Promise<CertificateEvidence> => ({
    kind: 'digest',
    thumbprint: await thumbprintOf(leaf),
    notBefore,
    notAfter,
  })
  const publicKeyOf = ({ leaf }: PartnerCertificate) => {
    const parsed = parseCertificate(leaf)
    if (!parsed.ok) throw new Error('the certificate of this test is malformed')
    return { ...publicKeyToJwk(parsed.certificate.publicKey) }
  }
  const x5t = async ({ leaf }: PartnerCertificate) => ({ 'x5t#S256': await thumbprintOf(leaf) })
  const code = async (client: Client, presented: CertificateEvidence, time = now) => {
    const result = await verdict(client, presented, time)
    return 'code' in result ? result.code : 'ok'
  }

  it('proves a client by a registered certificate', async () => {
    expect(await verdict(solely(certificateKey()), whole(solo))).toEqual({
      method: 'self_signed_tls_client_auth',
      validUntil: now + 30 * day,
      certificate: { thumbprint: await thumbprintOf(solo.leaf) },
    })
  })

  it('refuses another certificate, and names what is registered', async () => {
    const named = { ...publicKeyOf(solo), kid: 'k'.repeat(99) }
    const client = solely(certificateKey(), { ...certificateKey(), ...(await x5t(solo)) }, named)
    expect(await verdict(client, whole(other))).toEqual({
      code: 'key_not_registered',
      clientId: 'solo',
      registered: [
        'certificate EC',
        `certificate ${await thumbprintOf(solo.leaf)}`,
        `public_key ${'k'.repeat(64)}`,
      ],
      subject: 'CN=self,O=Acme',
      thumbprint: await thumbprintOf(other.leaf),
    })
  })

  it('accepts one of several keys', async () => {
    const client = solely(...jwksOf(other, solo).keys)
    expect(await code(client, whole(solo))).toBe('ok')
  })

  it('matches the thumbprint of a key, and its public members if both have some', async () => {
    const bare = { kty: 'EC', ...(await x5t(solo)) }
    const complete = { ...publicKeyOf(solo), ...(await x5t(solo)) }
    const contradiction = { ...publicKeyOf(other), ...(await x5t(solo)) }
    expect(await code(solely(bare), whole(solo))).toBe('ok')
    expect(await code(solely(bare), whole(other))).toBe('key_not_registered')
    expect(await code(solely(complete), whole(solo))).toBe('ok')
    expect(await code(solely(contradiction), whole(solo))).toBe('key_not_registered')
    expect(await code(solely(complete), await digestOf(solo))).toBe('ok')
  })

  it('matches a bare public key, but not by a digest, which has none', async () => {
    const client = solely(publicKeyOf(solo))
    expect(await code(client, whole(solo))).toBe('ok')
    expect(await code(client, whole(other))).toBe('key_not_registered')
    expect(await code(client, await digestOf(solo))).toBe('key_not_registered')
  })

  it('matches a digest with a registered certificate', async () => {
    const client = solely(certificateKey())
    expect(await code(client, await digestOf(solo, now, now + 1))).toBe('ok')
    expect(await code(client, await digestOf(other, now, now + 1))).toBe('key_not_registered')
  })

  it.each([
    [-1, 'certificate_not_yet_valid'],
    [0, 'ok'],
    [9, 'ok'],
    [10, 'certificate_expiring'],
    [11, 'certificate_expired'],
  ])('enforces the dates: %d seconds after notBefore', async (after, expected) => {
    const client = solely(certificateKey())
    const digest = await digestOf(solo, now, now + 10)
    expect(await code(client, digest, now + after)).toBe(expected)
  })

  it('has the dates in its refusal', async () => {
    const client = solely(certificateKey())
    expect(await verdict(client, await digestOf(solo, now, now + 10), now + 11)).toEqual({
      code: 'certificate_expired',
      clientId: 'solo',
      subject: '',
      thumbprint: await thumbprintOf(solo.leaf),
      notBefore: now,
      notAfter: now + 10,
      now: now + 11,
    })
  })
})

describe('a certificate that cannot be read', () => {
  const unreadable = err({
    code: 'certificate_unreadable',
    problem: 'x',
    thumbprint: null,
  } as const)
  it.each<[method: string, client: () => Client, readable: () => PartnerCertificate]>([
    ['tls_client_auth', () => clientOf(pkiClient, anchorsOf()), () => acme],
    ['self_signed_tls_client_auth', () => clientOf(selfSignedClient(jwksOf(solo))), () => solo],
  ])('is refused by %s with its problem', async (method, client, readable) => {
    const presented = whole(readable()) as Extract<CertificateEvidence, { kind: 'whole' }>
    expect(await verdict(client(), { ...presented, decode: () => unreadable })).toEqual(
      unreadable.error,
    )
    const leaf = readable().leaf.slice(0, -1)
    expect(await verdict(client(), whole({ leaf, chain: [] }))).toEqual({
      code: 'certificate_unreadable',
      problem: 'not_der',
      thumbprint: await thumbprintOf(leaf),
    })
    expect(await verdict(client(), presented)).toMatchObject({ method })
  })
})

describe('a proof', () => {
  it('is cached for the same certificate, until it expires', async () => {
    const { stores } = storesWith()
    const client = clientOf(pkiClient, anchorsOf())
    const first = await verdict(client, whole(acme), now, stores)
    expect(await verdict(client, whole(acme), now + 1, stores)).toBe(first)
    expect(await verdict(client, whole(acme), now + 30 * day, stores)).toEqual({
      code: 'certificate_expiring',
      clientId: 'acme',
      thumbprint: await thumbprintOf(acme.leaf),
      notAfter: now + 30 * day,
      now: now + 30 * day,
    })
  })

  it('is not cached in its last second, nor for a digest', async () => {
    const { stores } = storesWith()
    const client = clientOf(pkiClient, anchorsOf())
    const presented = whole(acme)
    await verdict(client, presented, now + 30 * day, stores)
    if (presented.kind !== 'whole') throw new Error('not whole')
    expect(stores.verified.get(client, presented.raw, now)).toBeNull()
  })
})
