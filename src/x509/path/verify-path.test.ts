import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../encoding/bytes.ts'
import {
  bitString,
  integer,
  nothing,
  objectIdentifier,
  sequence,
} from '../../encoding/der-writer.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  extension,
  extKeyUsage,
  generateKeyPair,
  keyUsage,
  type MintKeyPair,
  type MintRequest,
  mintCertificate,
  subjectKeyIdentifier,
} from '../../local-edge/mint/mint.ts'
import type { PathRefusal, PathRefusalReason } from './refusal.ts'
import { type PathRequest, verifyCertificatePath } from './verify-path.ts'

const now = 1_750_000_000
const dates = { notBefore: now - 1000, notAfter: now + 1000 }
const keys = await Promise.all(Array.from({ length: 4 }, () => generateKeyPair('ES256')))
const [rootKey, caKey, leafKey, otherKey] = keys as [
  MintKeyPair,
  MintKeyPair,
  MintKeyPair,
  MintKeyPair,
]
const tinyKey = await generateKeyPair('RS256', { modulusLength: 1024 })

const oddKey = sequence(sequence(objectIdentifier('1.2.3')), bitString(new Uint8Array()))
const hugeKey = sequence(
  sequence(objectIdentifier('1.2.840.113549.1.1.1'), nothing()),
  bitString(sequence(integer(1n << 8192n), integer(65537))),
)

const ca = [basicConstraints({ cA: true }), keyUsage(['keyCertSign', 'cRLSign'])]
const rootRequest: MintRequest = {
  ...{ subject: 'CN=root', issuer: 'CN=root', publicKey: rootKey, signWith: rootKey },
  ...dates,
  extensions: ca,
}
const caRequest: MintRequest = {
  ...{ subject: 'CN=ca', issuer: 'CN=root', publicKey: caKey, signWith: rootKey },
  ...dates,
  extensions: ca,
}
const leafRequest: MintRequest = {
  ...{ subject: 'CN=leaf', issuer: 'CN=ca', publicKey: leafKey, signWith: caKey },
  ...dates,
  extensions: [keyUsage(['digitalSignature']), extKeyUsage(['clientAuth'])],
}

/** What differs from a plain chain of three. */
type Change = {
  readonly root?: Partial<MintRequest>
  readonly ca?: Partial<MintRequest>
  readonly leaf?: Partial<MintRequest>
  readonly request?: Partial<PathRequest>
}

async function verify({ root, ca, leaf, request }: Change) {
  return verifyCertificatePath({
    leaf: await mintCertificate({ ...leafRequest, ...leaf }),
    intermediates: [await mintCertificate({ ...caRequest, ...ca })],
    trustAnchors: [await mintCertificate({ ...rootRequest, ...root })],
    time: now,
    ...request,
  })
}

const nameConstraints = extension(
  '2.5.29.30',
  false,
  // permittedSubtrees: dNSName "example"
  Uint8Array.of(0x30, 13, 0xa0, 11, 0x30, 9, 0x82, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65),
)
const policyConstraints = extension('2.5.29.36', false, Uint8Array.of(0x30, 3, 0x80, 1, 0))
const inhibitAnyPolicy = extension('2.5.29.54', false, Uint8Array.of(2, 1, 0))
const unknown = (critical: boolean) => extension('1.2.3.4', critical, nothing())
const withPathLen = (pathLen: number) => [basicConstraints({ cA: true, pathLen })]
const sha1 = sequence(objectIdentifier('1.2.840.10045.4.1'))

describe('a chain of three', () => {
  type Row = [name: string, change: Change, reason: PathRefusalReason | null]
  const rows: Row[] = [
    ['as it should be', {}, null],
    // RFC 5280 section 4.1.2.5: both ends included
    ['a leaf at its end', { leaf: { notAfter: now } }, null],
    ['a leaf past its end', { leaf: { notAfter: now - 1 } }, 'expired'],
    ['a leaf at its beginning', { leaf: { notBefore: now } }, null],
    ['a leaf before its beginning', { leaf: { notBefore: now + 1 } }, 'not_yet_valid'],
    ['a CA past its end', { ca: { notAfter: now - 1 } }, 'expired'],
    ['a CA before its beginning', { ca: { notBefore: now + 1 } }, 'not_yet_valid'],
    ['an anchor past its end', { root: { notAfter: now - 1 } }, 'trust_anchor'],
    ['an anchor at its end', { root: { notAfter: now } }, null],
    ['a time that is no number', { request: { time: Number.NaN } }, 'not_yet_valid'],
    // signatures
    ['a leaf signed by another', { leaf: { signWith: otherKey } }, 'signature_invalid'],
    ['a CA signed by another', { ca: { signWith: otherKey } }, 'signature_invalid'],
    ['an anchor signed by another: it is a name and a key', { root: { signWith: otherKey } }, null],
    ['another algorithm inside', { leaf: { innerAlgorithm: sha1 } }, 'signature_algorithms_differ'],
    [
      'SHA-1 for the leaf',
      { leaf: { innerAlgorithm: sha1, outerAlgorithm: sha1 } },
      'signature_algorithm_weak',
    ],
    ['SHA-1 for the anchor', { root: { innerAlgorithm: sha1, outerAlgorithm: sha1 } }, null],
    [
      'an unknown algorithm',
      {
        leaf: {
          innerAlgorithm: sequence(objectIdentifier('1.2.3')),
          outerAlgorithm: sequence(objectIdentifier('1.2.3')),
        },
      },
      'signature_algorithm_unsupported',
    ],
    // names
    ['an issuer by another name', { leaf: { issuer: 'CN=cb' } }, 'unknown_issuer'],
    [
      'an issuer in another case and string type',
      { leaf: { issuer: [['CN', ' CA ', 'printable']] } },
      null,
    ],
    ['no intermediate', { request: { intermediates: [] } }, 'unknown_issuer'],
    // basicConstraints, version
    ['a CA without basicConstraints', { ca: { extensions: [] } }, 'not_a_ca'],
    [
      'a CA that says it is none',
      { ca: { extensions: [basicConstraints({ cA: false })] } },
      'not_a_ca',
    ],
    ['a CA of version 1', { ca: { version: 1, extensions: [] } }, 'not_a_ca'],
    ['an anchor of version 1', { root: { version: 1, extensions: [] } }, null],
    [
      'an anchor that says it is no CA',
      { root: { extensions: [basicConstraints({ cA: false })] } },
      'trust_anchor',
    ],
    ['a leaf that is a CA', { leaf: { extensions: [basicConstraints({ cA: true })] } }, null],
    ['a CA with pathLen 0', { ca: { extensions: withPathLen(0) } }, null],
    ['an anchor with pathLen 1', { root: { extensions: withPathLen(1) } }, null],
    ['an anchor with pathLen 0', { root: { extensions: withPathLen(0) } }, 'path_too_long'],
    // keyUsage
    ['a CA without keyUsage', { ca: { extensions: [basicConstraints({ cA: true })] } }, null],
    [
      'a CA without keyCertSign',
      { ca: { extensions: [basicConstraints({ cA: true }), keyUsage(['cRLSign'])] } },
      'key_usage',
    ],
    [
      'an anchor without keyCertSign',
      { root: { extensions: [keyUsage(['digitalSignature'])] } },
      'trust_anchor',
    ],
    ['a leaf without keyUsage', { leaf: { extensions: [] } }, null],
    ['a leaf for key agreement', { leaf: { extensions: [keyUsage(['keyAgreement'])] } }, null],
    [
      'a leaf for key encipherment',
      { leaf: { extensions: [keyUsage(['keyEncipherment'])] } },
      'key_usage',
    ],
    [
      'the same for any purpose',
      {
        leaf: { extensions: [keyUsage(['keyEncipherment'])] },
        request: { extendedKeyUsage: 'any' },
      },
      null,
    ],
    // extKeyUsage
    [
      'a leaf for servers',
      { leaf: { extensions: [extKeyUsage(['serverAuth'])] } },
      'extended_key_usage',
    ],
    [
      'a leaf for servers, for any purpose',
      { leaf: { extensions: [extKeyUsage(['serverAuth'])] }, request: { extendedKeyUsage: 'any' } },
      null,
    ],
    [
      'a leaf for servers and clients',
      { leaf: { extensions: [extKeyUsage(['serverAuth', 'clientAuth'])] } },
      null,
    ],
    ['a leaf for anything', { leaf: { extensions: [extKeyUsage(['any'])] } }, null],
    ['a CA for clients', { ca: { extensions: [...ca, extKeyUsage(['clientAuth'])] } }, null],
    ['a CA for anything', { ca: { extensions: [...ca, extKeyUsage(['any'])] } }, null],
    [
      'a CA for servers',
      { ca: { extensions: [...ca, extKeyUsage(['serverAuth'])] } },
      'extended_key_usage',
    ],
    [
      'an anchor for servers',
      { root: { extensions: [extKeyUsage(['serverAuth'])] } },
      'trust_anchor',
    ],
    // serial numbers
    ['serial number 0', { leaf: { serial: 0 } }, null],
    ['a serial number with its top bit in a sign octet', { leaf: { serial: 0x80 } }, null],
    ['a negative serial number', { leaf: { serial: -1 } }, 'negative_serial_number'],
    // keys
    ['a leaf with RSA of 1024 bits', { leaf: { publicKey: tinyKey } }, 'key_too_small'],
    [
      'a CA with RSA of 1024 bits',
      { ca: { publicKey: tinyKey }, leaf: { signWith: tinyKey } },
      'key_too_small',
    ],
    [
      'an anchor with RSA of 1024 bits',
      { root: { publicKey: tinyKey }, ca: { signWith: tinyKey } },
      'trust_anchor',
    ],
    ['a leaf with RSA of 8193 bits', { leaf: { publicKey: hugeKey } }, 'key_too_large'],
    ['a leaf with a key of an unknown kind', { leaf: { publicKey: oddKey } }, 'key_unsupported'],
    // extensions
    ['an unknown extension', { leaf: { extensions: [unknown(false)] } }, null],
    [
      'a critical unknown extension',
      { leaf: { extensions: [unknown(true)] } },
      'unhandled_critical_extension',
    ],
    [
      'a critical unknown extension of a CA',
      { ca: { extensions: [...ca, unknown(true)] } },
      'unhandled_critical_extension',
    ],
    [
      'a critical unknown extension of an anchor',
      { root: { extensions: [unknown(true)] } },
      'trust_anchor',
    ],
    [
      'name constraints',
      { ca: { extensions: [...ca, nameConstraints] } },
      'constraint_not_supported',
    ],
    [
      'policy constraints',
      { ca: { extensions: [...ca, policyConstraints] } },
      'constraint_not_supported',
    ],
    [
      'inhibitAnyPolicy',
      { ca: { extensions: [...ca, inhibitAnyPolicy] } },
      'constraint_not_supported',
    ],
    ['name constraints of an anchor', { root: { extensions: [nameConstraints] } }, 'trust_anchor'],
    // what is given
    ['no anchor', { request: { trustAnchors: [] } }, 'no_trust_anchor'],
    [
      'an anchor that cannot be read',
      { request: { trustAnchors: [Uint8Array.of(0)] } },
      'no_trust_anchor',
    ],
    ['a leaf that cannot be read', { request: { leaf: Uint8Array.of(0) } }, 'malformed_leaf'],
    [
      'an intermediate that cannot be read',
      { request: { intermediates: [Uint8Array.of(0)] } },
      'malformed_intermediate',
    ],
    ['room for one intermediate', { request: { maxIntermediates: 1 } }, null],
    ['room for none', { request: { maxIntermediates: 0 } }, 'too_many_intermediates'],
    // options that are not there yet
    ['revocation off', { request: { revocation: 'off', crls: [] } }, null],
    ['revocation', { request: { revocation: 'require' } }, 'not_supported'],
    ['CRLs', { request: { crls: [Uint8Array.of(0)] } }, 'not_supported'],
    [
      'the default policies',
      { request: { policies: { initialPolicySet: ['2.5.29.32.0'], inhibitAnyPolicy: false } } },
      null,
    ],
    ['a policy', { request: { policies: { initialPolicySet: ['1.2.3'] } } }, 'not_supported'],
    [
      'an explicit policy',
      { request: { policies: { requireExplicitPolicy: true } } },
      'not_supported',
    ],
  ]
  it.each(rows)('%s', async (_, change, reason) => {
    const outcome = await verify(change)
    expect(outcome.ok ? null : outcome.reason).toBe(reason)
  })

  it('gives the path, leaf first, and its earliest expiry', async () => {
    const outcome = await verify({ ca: { notAfter: now + 5 } })
    expect(outcome.ok && outcome.path.certificates.map(({ subject }) => subject)).toEqual([
      'CN=leaf',
      'CN=ca',
      'CN=root',
    ])
    expect(outcome.ok && outcome.path.notAfter).toBe(now + 5)
  })

  it('says which certificate, and what about it', async () => {
    const expected: PathRefusal & { ok: false } = {
      ok: false,
      reason: 'expired',
      notAfter: now - 1,
      time: now,
      certificate: { depth: 1, subject: 'CN=ca', serialNumber: '07' },
    }
    expect(await verify({ ca: { notAfter: now - 1, serial: 7 } })).toEqual(expected)
  })
})

/** A CA certificate for `subject`, signed by `by`. */
const authority = (
  subject: string,
  key: MintKeyPair,
  issuer: string,
  by: MintKeyPair,
  change: Partial<MintRequest> = {},
) => mintCertificate({ ...caRequest, subject, publicKey: key, issuer, signWith: by, ...change })

describe('a search', async () => {
  const root = await mintCertificate(rootRequest)
  const leaf = await mintCertificate(leafRequest)
  const good = await mintCertificate(caRequest)
  const search = (intermediates: readonly Bytes[], request: Partial<PathRequest> = {}) =>
    verifyCertificatePath({ leaf, intermediates, trustAnchors: [root], time: now, ...request })

  it('finds the valid one among twins, in any order', async () => {
    const twins = await Promise.all([
      authority('CN=ca', caKey, 'CN=root', rootKey, { notAfter: now - 1 }),
      authority('CN=ca', otherKey, 'CN=root', rootKey),
      authority('CN=ca', caKey, 'CN=elsewhere', otherKey),
      authority('CN=stranger', otherKey, 'CN=stranger', otherKey),
    ])
    for (let turn = 0; turn <= twins.length; turn++) {
      const intermediates = twins.toSpliced(turn, 0, good)
      expect((await search([root, leaf, ...intermediates, good])).ok).toBe(true)
    }
    expect(await search(twins)).toMatchObject({ ok: false, reason: 'expired' })
  })

  it('is not led astray by key identifiers that lie', async () => {
    const id = Uint8Array.of(1, 2, 3)
    const named = await mintCertificate({
      ...leafRequest,
      extensions: [authorityKeyIdentifier(id)],
    })
    const liar = await authority('CN=ca', otherKey, 'CN=root', rootKey, {
      extensions: [...ca, subjectKeyIdentifier(id)],
    })
    const truth = await authority('CN=ca', caKey, 'CN=root', rootKey, {
      extensions: [...ca, subjectKeyIdentifier(Uint8Array.of(9))],
    })
    expect((await search([liar, truth], { leaf: named })).ok).toBe(true)
  })

  it('does not go in circles', async () => {
    const circle = await Promise.all([
      authority('CN=ca', caKey, 'CN=b', otherKey),
      authority('CN=b', otherKey, 'CN=ca', caKey),
      authority('CN=ca', caKey, 'CN=ca', caKey),
    ])
    expect(await search(circle)).toMatchObject({ ok: false, reason: 'unknown_issuer' })
    expect((await search([...circle, good])).ok).toBe(true)
  })

  it('self-issued certificates do not count for pathLen (RFC 5280 section 6.1.4 (l))', async () => {
    const [one, two] = await Promise.all([
      authority('CN=ca', otherKey, 'CN=root', rootKey, { extensions: withPathLen(0) }),
      authority('CN=ca', caKey, 'CN=ca', otherKey),
    ])
    expect((await search([one, two])).ok).toBe(true)
    const other = await authority('CN=cb', otherKey, 'CN=root', rootKey, {
      extensions: withPathLen(0),
    })
    const below = await authority('CN=ca', caKey, 'CN=cb', otherKey)
    expect(await search([other, below])).toMatchObject({ reason: 'path_too_long', pathLen: 0 })
  })

  it('an anchor need not be self-signed, nor be the root', async () => {
    expect((await search([], { trustAnchors: [good] })).ok).toBe(true)
    expect((await search([good], { trustAnchors: [good] })).ok).toBe(true)
  })

  it('an anchor as its own leaf', async () => {
    const self = await mintCertificate({ ...rootRequest, extensions: [] })
    expect((await search([], { leaf: self, trustAnchors: [self] })).ok).toBe(true)
    const issued = await search([], { trustAnchors: [leaf] })
    expect(issued).toMatchObject({ ok: false, reason: 'unknown_issuer' })
  })

  it('one anchor of the right name and another key does no harm', async () => {
    const impostor = await mintCertificate({
      ...rootRequest,
      publicKey: otherKey,
      signWith: otherKey,
      notAfter: now + 9999,
    })
    expect((await search([good], { trustAnchors: [impostor, root] })).ok).toBe(true)
    expect(await search([good], { trustAnchors: [impostor] })).toMatchObject({
      reason: 'signature_invalid',
    })
  })

  it('stops where its budget ends, and says so', async () => {
    // Eight CAs that all certify each other: more paths than anyone can walk, none to the anchor.
    const mesh = await Promise.all(Array.from({ length: 8 }, () => generateKeyPair('ES256')))
    const certificates = await Promise.all(
      mesh.flatMap((key, i) =>
        mesh.flatMap((by, j) => (i === j ? [] : [authority(`CN=${i}`, key, `CN=${j}`, by)])),
      ),
    )
    const [first] = mesh
    const lost = await mintCertificate({
      ...leafRequest,
      issuer: 'CN=0',
      signWith: first ?? otherKey,
    })
    const outcome = await search(certificates, { leaf: lost })
    expect(outcome).toEqual({ ok: false, reason: 'budget_spent', budget: 'steps' })
  })

  it('does not read more certificates than anyone sends', async () => {
    expect(await search(new Array(65).fill(good))).toMatchObject({ budget: 'certificates' })
    expect((await search(new Array(64).fill(good))).ok).toBe(true)
  })

  it('nor more octets', async () => {
    const big = await authority('CN=x', otherKey, 'CN=x', otherKey, {
      extensions: [extension('1.2.3.4', false, new Uint8Array(49_000))],
    })
    expect((await search([good, big])).ok).toBe(true)
    expect(await search([good, big, big])).toMatchObject({ budget: 'certificates' })
  })

  it('spends no more than so many signatures', async () => {
    const many = await Promise.all(
      Array.from({ length: 40 }, async () =>
        authority('CN=ca', await generateKeyPair('ES512'), 'CN=x', otherKey),
      ),
    )
    expect(await search(many)).toMatchObject({ reason: 'budget_spent', budget: 'signatures' })
    expect((await search([...many.slice(0, 15), good])).ok).toBe(true)
  })
})
