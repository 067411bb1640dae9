import { describe, expect, it } from 'vitest'
import { implicit, nothing } from '../../test/support/mint/der.ts'
import {
  basicConstraints,
  extension,
  extKeyUsage,
  generalName,
  generateKeyPair,
  keyUsage,
  type MintRequest,
  mintCertificate,
  mintName,
  subjectAltName,
} from '../../test/support/mint/mint.ts'
import {
  bitString,
  boolean,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  setOf,
  text,
} from '../doctor/der-writer.ts'
import { utf8 } from '../encoding/bytes.ts'
import { countElements, type DerNode, readDer } from '../encoding/der-reader.ts'
import { sequence, tlv } from '../encoding/der-writer.ts'
import {
  maxCertificateSize,
  type ParseRefusal,
  parseCertificate,
  thumbprint,
} from './parse-certificate.ts'

const key = await generateKeyPair('ES256')

const base: MintRequest = {
  subject: 'CN=leaf,O=Bank,C=DE',
  issuer: 'CN=ca',
  serial: 0x80,
  notBefore: 1_700_000_000,
  notAfter: 4_000_000_000,
  publicKey: key,
  signWith: key,
  extensions: [
    basicConstraints({ cA: true, pathLen: 3 }),
    keyUsage(['digitalSignature', 'decipherOnly']),
    extKeyUsage(['clientAuth']),
    subjectAltName([{ dns: 'a.example' }, { ip: [192, 0, 2, 1] }]),
    extension('1.2.3.4', true, nothing()),
  ],
}
const mint = (change: Partial<MintRequest> = {}) => mintCertificate({ ...base, ...change })

/** Only one extension, by its OID and the DER of its value. */
const only = (oid: string, value: Uint8Array): Partial<MintRequest> => ({
  extensions: [extension(oid, false, value)],
})
const octet = (value: number) => Uint8Array.of(value)
const spki = (oid: string, parameters: Uint8Array, octets: Uint8Array) =>
  sequence(sequence(objectIdentifier(oid), parameters), bitString(octets))
const none = new Uint8Array()

const bytes = (...octets: number[]) => Uint8Array.from(octets)
const unknown = extension('1.2.3', false, nothing())
const dates = (digits: string) => sequence(text(0x17, digits), text(0x17, '490101000000Z'))

/** The elements of a certificate of version 3 and those of its tbsCertificate, to be changed. */
type Parts = {
  readonly certificate: readonly Uint8Array[]
  readonly tbs: readonly Uint8Array[]
  readonly tbsTag: number
}
type Edit = (parts: Parts) => Parts

function partsOf(der: Uint8Array<ArrayBuffer>): Parts {
  const read = readDer(der, maxCertificateSize)
  if (!read.ok) throw new Error(read.error.why)
  const [tbs] = read.value.children
  const elements = (nodes: readonly DerNode[] = []) => nodes.map(({ der }) => der)
  return { certificate: elements(read.value.children), tbs: elements(tbs?.children), tbsTag: 0x30 }
}

const derOfParts = ({ certificate, tbs, tbsTag }: Parts) =>
  sequence(tlv(tbsTag, ...tbs), ...certificate.slice(1))

describe('parseCertificate', () => {
  it('reads every field', async () => {
    const der = await mint()
    const parsed = parseCertificate(der)
    expect(parsed).toMatchObject({
      ok: true,
      certificate: {
        der,
        version: 3,
        serialNumber: '0080',
        subject: 'CN=leaf,O=Bank,C=DE',
        issuer: 'CN=ca',
        subjectDer: mintName('CN=leaf,O=Bank,C=DE'),
        issuerDer: mintName('CN=ca'),
        notBefore: 1_700_000_000,
        notAfter: 4_000_000_000,
        subjectPublicKeyInfo: key.spki,
        publicKey: { kty: 'EC', crv: 'P-256' },
        signatureAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
        signatureAlgorithmsAgree: true,
        basicConstraints: { cA: true, pathLen: 3 },
        keyUsage: new Set(['digitalSignature', 'decipherOnly']),
        extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
        dnsNames: ['a.example'],
        ipAddresses: ['192.0.2.1'],
        uris: [],
        nameConstraints: null,
      },
    })
    const extensions = parsed.ok ? parsed.certificate.extensions.at(-1) : null
    expect(extensions).toEqual({ oid: '1.2.3.4', critical: true, value: nothing() })
  })

  it('copies what it read: a later change of the input has no effect', async () => {
    const der = await mint()
    const parsed = parseCertificate(der)
    const before = der.slice()
    der.fill(0)
    expect(parsed.ok && parsed.certificate.der).toEqual(before)
  })

  // Odd but well-formed: path validation decides about these.
  const accepted: [name: string, change: Partial<MintRequest>][] = [
    ['version 1', { version: 1, extensions: [] }],
    ['version 2', { version: 2, extensions: [] }],
    ['no extensions', { extensions: [] }],
    ['a negative serial number', { serial: -5 }],
    ['a serial number of 30 octets', { serial: 1n << 239n }],
    ['a notAfter before the notBefore', { notBefore: 2, notAfter: 1 }],
    [
      'no subject, but names that are critical',
      { subject: [], extensions: [subjectAltName([{ dns: 'a' }], true)] },
    ],
    ['no subject and no names', { subject: [], extensions: [] }],
    ['another algorithm inside', { innerAlgorithm: sequence(objectIdentifier('1.2.3')) }],
    [
      'a key on an unknown curve',
      { publicKey: spki('1.2.840.10045.2.1', objectIdentifier('1.3.132.0.10'), none) },
    ],
    [
      'explicit curve parameters',
      { publicKey: spki('1.2.840.10045.2.1', sequence(integer(1)), none) },
    ],
    [
      'an AKI with issuer and serial number',
      only('2.5.29.35', sequence(explicit(1, generalName({ dns: 'a' })), tlv(0x82, octet(1)))),
    ],
    ['a key of an unknown kind', { publicKey: spki('1.2.3', none, octet(1)) }],
    ['a malformed RSA key', { publicKey: spki('1.2.840.113549.1.1.1', nothing(), octet(1)) }],
    ['an explicit cA FALSE', only('2.5.29.19', sequence(boolean(false)))],
    ['a DNS name with a NUL', { extensions: [subjectAltName([{ dns: 'a\0b' }])] }],
    ['a GeneralName of an unknown form', only('2.5.29.17', sequence(tlv(0x89)))],
    [
      'an otherName',
      {
        extensions: [
          subjectAltName([{ raw: tlv(0xa0, objectIdentifier('1.2.3'), explicit(0, nothing())) }]),
        ],
      },
    ],
  ]
  it.each(accepted)('accepts %s', async (_, change) => {
    expect(parseCertificate(await mint(change))).toMatchObject({ ok: true })
  })

  const malformed = (oid: string) => ({ reason: 'bad_extension', oid }) as const
  const attribute = (tag: number, octets: Uint8Array) =>
    sequence(setOf(sequence(objectIdentifier('2.5.4.3'), tlv(tag, octets))))
  const refused: [name: string, change: Partial<MintRequest>, refusal: Partial<ParseRefusal>][] = [
    ['extensions in version 1', { version: 1 }, { reason: 'bad_extensions' }],
    ['extensions in version 2', { version: 2 }, { reason: 'bad_extensions' }],
    [
      'a serial number that is not an INTEGER',
      { serial: octetString(octet(1)) },
      { reason: 'bad_serial_number' },
    ],
    [
      'a serial number that is not minimal',
      { serial: tlv(2, Uint8Array.of(0, 1)) },
      { reason: 'not_der' },
    ],
    [
      'a date that does not exist',
      { notBefore: text(0x17, '200230000000Z') },
      { reason: 'bad_validity' },
    ],
    ['an issuer that is a SET', { issuer: tlv(0x31) }, { reason: 'bad_issuer' }],
    [
      'an issuer with an OBJECT IDENTIFIER in place of an RDN',
      { issuer: sequence(objectIdentifier('2.5.4.3')) },
      { reason: 'bad_issuer' },
    ],
    [
      'a subject with an OBJECT IDENTIFIER in place of an attribute',
      { subject: sequence(setOf(objectIdentifier('2.5.4.3'))) },
      { reason: 'bad_subject' },
    ],
    ['a subject that is a SET', { subject: tlv(0x31) }, { reason: 'bad_subject' }],
    ['an empty RDN', { subject: sequence(setOf()) }, { reason: 'bad_subject' }],
    [
      'a UTF8String that is not UTF-8',
      { subject: attribute(0x0c, octet(0xff)) },
      { reason: 'bad_subject' },
    ],
    [
      'an IA5String beyond ASCII',
      { subject: attribute(0x16, octet(0xe9)) },
      { reason: 'bad_subject' },
    ],
    ['half a BMPString', { subject: attribute(0x1e, octet(0x61)) }, { reason: 'bad_subject' }],
    [
      'half a surrogate pair',
      { subject: attribute(0x1e, Uint8Array.of(0xd8, 0)) },
      { reason: 'bad_subject' },
    ],
    [
      'no subject, names not critical',
      { subject: [], extensions: [subjectAltName([{ dns: 'a' }])] },
      { reason: 'empty_subject' },
    ],
    ['an empty SubjectPublicKeyInfo', { publicKey: sequence() }, { reason: 'bad_public_key' }],
    [
      'a malformed inner algorithm',
      { innerAlgorithm: integer(1) },
      { reason: 'bad_signature_algorithm' },
    ],
    [
      'a malformed outer algorithm',
      { outerAlgorithm: integer(1) },
      { reason: 'bad_signature_algorithm' },
    ],
    [
      'an extension twice',
      { extensions: [keyUsage(['keyCertSign']), keyUsage(['keyCertSign'])] },
      { reason: 'duplicate_extension', oid: '2.5.29.15' },
    ],
    [
      'an explicit critical FALSE',
      { extensions: [sequence(objectIdentifier('1.2.3'), boolean(false), octetString(nothing()))] },
      { reason: 'bad_extensions' },
    ],
    [
      'an extension without value',
      { extensions: [sequence(objectIdentifier('1.2.3'))] },
      { reason: 'bad_extensions' },
    ],
    [
      'a value with a further element',
      only('2.5.29.14', Uint8Array.of(4, 0, 5, 0)),
      malformed('2.5.29.14'),
    ],
    [
      'a negative pathLen',
      only('2.5.29.19', sequence(boolean(true), integer(-1))),
      malformed('2.5.29.19'),
    ],
    ['an empty keyUsage', only('2.5.29.15', bitString(none)), malformed('2.5.29.15')],
    ['an empty extKeyUsage', only('2.5.29.37', sequence()), malformed('2.5.29.37')],
    ['an empty subjectAltName', only('2.5.29.17', sequence()), malformed('2.5.29.17')],
    [
      'a DNS name beyond ASCII',
      only('2.5.29.17', sequence(tlv(0x82, utf8('bücher')))),
      malformed('2.5.29.17'),
    ],
    [
      'an address of five octets',
      { extensions: [subjectAltName([{ ip: [1, 2, 3, 4, 5] }])] },
      malformed('2.5.29.17'),
    ],
    ['a dNSName in pieces', only('2.5.29.17', sequence(tlv(0xa2))), malformed('2.5.29.17')],
    [
      'an AKI with an issuer and no serial number',
      only('2.5.29.35', sequence(explicit(1, generalName({ dns: 'a' })))),
      malformed('2.5.29.35'),
    ],
    [
      'an AKI with a serial number and no issuer',
      only('2.5.29.35', sequence(tlv(0x82, octet(1)))),
      malformed('2.5.29.35'),
    ],
    [
      'an AKI with an issuer that is malformed',
      only('2.5.29.35', sequence(explicit(1, tlv(0x82, octet(0xff))), tlv(0x82, octet(1)))),
      malformed('2.5.29.35'),
    ],
    [
      'basicConstraints with a context-specific tag',
      only('2.5.29.19', tlv(0xa0, boolean(true))),
      malformed('2.5.29.19'),
    ],
    [
      'a subjectKeyIdentifier that is a text',
      only('2.5.29.14', text(0x0c, 'a')),
      malformed('2.5.29.14'),
    ],
    ['empty name constraints', only('2.5.29.30', sequence()), malformed('2.5.29.30')],
    [
      'an address without a mask',
      only('2.5.29.30', sequence(explicit(0, sequence(generalName({ ip: [1, 2, 3, 4] }))))),
      malformed('2.5.29.30'),
    ],
    [
      'a policy twice',
      only(
        '2.5.29.32',
        sequence(sequence(objectIdentifier('1.2')), sequence(objectIdentifier('1.2'))),
      ),
      malformed('2.5.29.32'),
    ],
    [
      'empty policy qualifiers',
      only('2.5.29.32', sequence(sequence(objectIdentifier('1.2'), sequence()))),
      malformed('2.5.29.32'),
    ],
    ['empty policy constraints', only('2.5.29.36', sequence()), malformed('2.5.29.36')],
    ['empty policy mappings', only('2.5.29.33', sequence()), malformed('2.5.29.33')],
    ['a negative inhibitAnyPolicy', only('2.5.29.54', integer(-1)), malformed('2.5.29.54')],
  ]
  it.each(refused)('refuses %s', async (_, change, refusal) => {
    expect(parseCertificate(await mint(change))).toMatchObject({ ok: false, ...refusal })
  })

  // The library reads all of these. Each differs in one place from what is accepted above or beside it.
  const nul = nothing()
  const oid = objectIdentifier
  const lenient: [name: string, accepted: Edit, refused: Edit, reason: object][] = [
    [
      'a certificate of four elements',
      (parts) => parts,
      (parts) => ({ ...parts, certificate: [...parts.certificate, nul] }),
      { reason: 'not_a_certificate' },
    ],
    [
      'an element after the extensions',
      (parts) => parts,
      (parts) => ({ ...parts, tbs: [...parts.tbs, nul] }),
      { reason: 'not_a_certificate' },
    ],
    [
      'a tbsCertificate with a context-specific tag',
      (parts) => ({ ...parts, tbsTag: 0x30 }),
      (parts) => ({ ...parts, tbsTag: 0xa5 }),
      { reason: 'not_a_certificate' },
    ],
    [
      'two versions',
      (parts) => ({ ...parts, tbs: parts.tbs.with(0, explicit(0, integer(2))) }),
      (parts) => ({ ...parts, tbs: parts.tbs.with(0, explicit(0, integer(2), integer(2))) }),
      { reason: 'bad_version' },
    ],
    [
      'an element after the extensions, in their tag',
      (parts) => ({ ...parts, tbs: parts.tbs.with(7, explicit(3, sequence(unknown))) }),
      (parts) => ({ ...parts, tbs: parts.tbs.with(7, explicit(3, sequence(unknown), nul)) }),
      { reason: 'bad_extensions' },
    ],
    [
      'an algorithm identifier of three elements',
      (parts) => ({
        ...parts,
        certificate: parts.certificate.with(1, sequence(oid('1.2.3'), nul)),
      }),
      (parts) => ({
        ...parts,
        certificate: parts.certificate.with(1, sequence(oid('1.2.3'), nul, nul)),
      }),
      { reason: 'bad_signature_algorithm' },
    ],
    [
      'a date without seconds',
      (parts) => ({ ...parts, tbs: parts.tbs.with(4, dates('250101000000Z')) }),
      (parts) => ({ ...parts, tbs: parts.tbs.with(4, dates('2501010000Z')) }),
      { reason: 'bad_validity' },
    ],
    [
      'a signature with unused bits',
      (parts) => ({ ...parts, certificate: parts.certificate.with(2, tlv(3, bytes(0, 0x80))) }),
      (parts) => ({ ...parts, certificate: parts.certificate.with(2, tlv(3, bytes(7, 0x80))) }),
      { reason: 'bad_signature' },
    ],
  ]
  it.each(lenient)('refuses %s, and not its twin', async (_, accepted, refused, reason) => {
    const parts = partsOf(await mint())
    expect(parseCertificate(derOfParts(accepted(parts)))).toMatchObject({ ok: true })
    expect(parseCertificate(derOfParts(refused(parts)))).toEqual({ ok: false, ...reason })
  })

  const values: [name: string, oid: string, accepted: Uint8Array, refused: Uint8Array][] = [
    [
      'basic constraints with a third element',
      '2.5.29.19',
      sequence(boolean(true), integer(1)),
      sequence(boolean(true), integer(1), nul),
    ],
    [
      'basic constraints with a context-specific tag',
      '2.5.29.19',
      sequence(boolean(true)),
      explicit(5, boolean(true)),
    ],
    [
      'a pathLen of eight octets',
      '2.5.29.19',
      sequence(boolean(true), integer(2 ** 31 - 1)),
      sequence(boolean(true), integer(2n ** 60n)),
    ],
    [
      'a policy with a third element',
      '2.5.29.32',
      sequence(sequence(oid('1.2'), sequence(sequence(oid('1.3'), nul)))),
      sequence(sequence(oid('1.2'), sequence(sequence(oid('1.3'), nul)), nul)),
    ],
    [
      'a policy qualifier with a third element',
      '2.5.29.32',
      sequence(sequence(oid('1.2'), sequence(sequence(oid('1.3'), nul)))),
      sequence(sequence(oid('1.2'), sequence(sequence(oid('1.3'), nul, nul)))),
    ],
    [
      'a policy with a context-specific tag',
      '2.5.29.32',
      sequence(sequence(oid('1.2'))),
      sequence(explicit(5, oid('1.2'))),
    ],
    [
      'a mapping of three policies',
      '2.5.29.33',
      sequence(sequence(oid('1.2'), oid('1.3'))),
      sequence(sequence(oid('1.2'), oid('1.3'), oid('1.4'))),
    ],
    [
      'policy constraints in another order',
      '2.5.29.36',
      sequence(implicit(0, bytes(1)), implicit(1, bytes(1))),
      sequence(implicit(1, bytes(1)), implicit(0, bytes(1))),
    ],
    [
      'negative policy constraints',
      '2.5.29.36',
      sequence(implicit(0, bytes(0x7f))),
      sequence(implicit(0, bytes(0xff))),
    ],
    [
      'policy constraints that are not minimal',
      '2.5.29.36',
      sequence(implicit(0, bytes(0, 0x80))),
      sequence(implicit(0, bytes(0, 0x7f))),
    ],
    [
      'policy constraints of no octets',
      '2.5.29.36',
      sequence(implicit(0, bytes(0))),
      sequence(implicit(0, none)),
    ],
    ['an inhibitAnyPolicy of another type', '2.5.29.54', integer(1), tlv(0x0a, bytes(1))],
    ['a key usage of another type', '2.5.29.15', bitString(bytes(0x80)), octetString(bytes(0x80))],
    ['a key identifier of another type', '2.5.29.14', octetString(bytes(1)), bitString(bytes(1))],
    [
      'a purpose that is no OBJECT IDENTIFIER',
      '2.5.29.37',
      sequence(oid('1.2')),
      sequence(oid('1.2'), integer(1)),
    ],
    [
      'a subtree with a minimum',
      '2.5.29.30',
      sequence(explicit(0, sequence(generalName({ dns: 'a' })))),
      sequence(explicit(0, sequence(generalName({ dns: 'a' }), implicit(0, bytes(0))))),
    ],
    [
      'name constraints in another order',
      '2.5.29.30',
      sequence(
        explicit(0, sequence(generalName({ dns: 'a' }))),
        explicit(1, sequence(generalName({ dns: 'b' }))),
      ),
      sequence(
        explicit(1, sequence(generalName({ dns: 'b' }))),
        explicit(0, sequence(generalName({ dns: 'a' }))),
      ),
    ],
    [
      'a directory name that is not UTF-8',
      '2.5.29.17',
      sequence(explicit(4, attribute(0x0c, utf8('é')))),
      sequence(explicit(4, attribute(0x0c, bytes(0xe9)))),
    ],
  ]
  it.each(values)('refuses %s, and not its twin', async (_, id, accepted, refused) => {
    expect(parseCertificate(await mint(only(id, accepted)))).toMatchObject({ ok: true })
    expect(parseCertificate(await mint(only(id, refused)))).toEqual({ ok: false, ...malformed(id) })
  })

  it('distinguishes OBJECT IDENTIFIERs with large arcs', async () => {
    // asn1js rounds arcs above 2^53: both would be 2.10.22096597896771016.
    const arcs = ['2.10.22096597896771015', '2.10.22096597896771016', `1.2.${2n ** 70n}`]
    const parsed = parseCertificate(await mint(only('2.5.29.37', sequence(...arcs.map(oid)))))
    expect(parsed.ok && parsed.certificate.extendedKeyUsage).toEqual(arcs)
  })

  describe('reads at most 1,000 elements', () => {
    const withElements = async (count: number) => {
      const bare = readDer(await mint(only('1.2.3', sequence())), maxCertificateSize)
      if (!bare.ok) throw new Error(bare.error.why)
      const missing = count - countElements(bare.value, count)
      return mint(only('1.2.3', sequence(...Array.from({ length: missing }, nothing))))
    }

    it('those inside of OCTET STRINGs included', async () => {
      expect(parseCertificate(await withElements(1000))).toMatchObject({ ok: true })
      expect(parseCertificate(await withElements(1001))).toEqual({
        ok: false,
        reason: 'too_many_elements',
        limit: 1000,
      })
    })

    it('octets that are no DER are one element', async () => {
      const octets = new Uint8Array(4000).fill(0x30)
      expect(parseCertificate(await mint(only('1.2.3', octets)))).toMatchObject({ ok: true })
    })

    it('or as many as the caller allows', async () => {
      const limits = { maxElements: 1001 }
      expect(parseCertificate(await withElements(1001), limits)).toMatchObject({ ok: true })
      expect(parseCertificate(await withElements(1002), limits)).toMatchObject({ limit: 1001 })
    })
  })

  it('refuses what is no certificate', () => {
    const cases: [Uint8Array, ParseRefusal][] = [
      [none, { reason: 'not_der', fault: 'truncated', at: 0 }],
      [integer(1), { reason: 'not_a_certificate' }],
      [sequence(), { reason: 'not_a_certificate' }],
      [sequence(sequence(), sequence(), bitString(none)), { reason: 'not_a_certificate' }],
      [new Uint8Array(maxCertificateSize + 1), { reason: 'not_der', fault: 'too_large', at: 0 }],
    ]
    for (const [der, refusal] of cases) {
      expect(parseCertificate(der)).toEqual({ ok: false, ...refusal })
    }
  })

  it('refuses a version that does not exist, and the default written out', async () => {
    const der = await mint()
    const at = der.findIndex((_, i) => der[i] === 0xa0 && der[i + 2] === 0x02) + 4
    expect(parseCertificate(der.with(at, 3))).toEqual({ ok: false, reason: 'bad_version' })
    expect(parseCertificate(der.with(at, 0))).toEqual({ ok: false, reason: 'bad_version' })
    expect(parseCertificate(der.with(at, 2)).ok).toBe(true)
  })

  it('never throws, wherever a certificate is cut off or has another octet', async () => {
    const der = await mint()
    for (let at = 0; at < der.length; at++) {
      expect(parseCertificate(der.subarray(0, at)).ok).toBe(false)
      for (const value of [0x00, 0x30, 0x7f, 0x80, 0xff]) parseCertificate(der.with(at, value))
    }
  })
})

describe('thumbprint', () => {
  it('is the SHA-256 of any octets in base64url', async () => {
    // FIPS 180-4's example "abc"
    expect(await thumbprint(utf8('abc'))).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })
})
