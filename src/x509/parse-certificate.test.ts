import { describe, expect, it } from 'vitest'
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
import { utf8 } from '../encoding/bytes.ts'
import {
  bitString,
  boolean,
  explicit,
  integer,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  text,
  tlv,
} from '../encoding/der-writer.ts'
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

/** One extension alone, by its OID and the DER of its value. */
const only = (oid: string, value: Uint8Array): Partial<MintRequest> => ({
  extensions: [extension(oid, false, value)],
})
const octet = (value: number) => Uint8Array.of(value)
const spki = (oid: string, parameters: Uint8Array, octets: Uint8Array) =>
  sequence(sequence(objectIdentifier(oid), parameters), bitString(octets))
const none = new Uint8Array()

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

  it('keeps what it read, whatever becomes of its input', async () => {
    const der = await mint()
    const parsed = parseCertificate(der)
    const before = der.slice()
    der.fill(0)
    expect(parsed.ok && parsed.certificate.der).toEqual(before)
  })

  // What is odd, but a certificate all the same; judging it is for others.
  const accepted: [name: string, change: Partial<MintRequest>][] = [
    ['version 1', { version: 1, extensions: [] }],
    ['version 2', { version: 2, extensions: [] }],
    ['no extensions', { extensions: [] }],
    ['a negative serial number', { serial: -5 }],
    ['a serial number of 30 octets', { serial: 1n << 239n }],
    ['an end before the beginning', { notBefore: 2, notAfter: 1 }],
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
    ['a key of an unknown kind', { publicKey: spki('1.2.3', none, octet(1)) }],
    ['an RSA key that is none', { publicKey: spki('1.2.840.113549.1.1.1', nothing(), octet(1)) }],
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
      'a serial number that is none',
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
    ['a subject that is a SET', { subject: tlv(0x31) }, { reason: 'bad_subject' }],
    ['an empty RDN', { subject: sequence(setOf()) }, { reason: 'bad_subject' }],
    [
      'a UTF8String that is none',
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
    ['a key that is none', { publicKey: sequence() }, { reason: 'bad_public_key' }],
    [
      'an inner algorithm that is none',
      { innerAlgorithm: integer(1) },
      { reason: 'bad_signature_algorithm' },
    ],
    [
      'an outer algorithm that is none',
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
      'a value with something behind',
      only('2.5.29.14', Uint8Array.of(4, 0, 5, 0)),
      malformed('2.5.29.14'),
    ],
    [
      'a negative pathLen',
      only('2.5.29.19', sequence(boolean(true), integer(-1))),
      malformed('2.5.29.19'),
    ],
    ['a keyUsage of nothing', only('2.5.29.15', bitString(none)), malformed('2.5.29.15')],
    ['an extKeyUsage of nothing', only('2.5.29.37', sequence()), malformed('2.5.29.37')],
    ['a subjectAltName of nothing', only('2.5.29.17', sequence()), malformed('2.5.29.17')],
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
    ['name constraints of nothing', only('2.5.29.30', sequence()), malformed('2.5.29.30')],
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
      'policy qualifiers of nothing',
      only('2.5.29.32', sequence(sequence(objectIdentifier('1.2'), sequence()))),
      malformed('2.5.29.32'),
    ],
    ['policy constraints of nothing', only('2.5.29.36', sequence()), malformed('2.5.29.36')],
    ['policy mappings of nothing', only('2.5.29.33', sequence()), malformed('2.5.29.33')],
    ['a negative inhibitAnyPolicy', only('2.5.29.54', integer(-1)), malformed('2.5.29.54')],
  ]
  it.each(refused)('refuses %s', async (_, change, refusal) => {
    expect(parseCertificate(await mint(change))).toMatchObject({ ok: false, ...refusal })
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
  it('is the SHA-256 in base64url, whatever the octets are', async () => {
    // FIPS 180-4's example "abc"
    expect(await thumbprint(utf8('abc'))).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })
})
