import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AsnConvert } from '@peculiar/asn1-schema'
import * as asn1 from '@peculiar/asn1-x509'
import { expect, it } from 'vitest'
import { fromBase64 } from '../../src/encoding/base64.ts'
import {
  type Certificate,
  distinguishedNameKey,
  distinguishedNameKeyFromDer,
  formatDistinguishedName,
  namesEqual,
  parseCertificate,
  thumbprint,
} from '../../src/x509/index.ts'
import { describeVectors, octets, readJson, readJsonLines } from '../support/node/vectors.ts'
import exceptions from './parser-corpus.exceptions.json' with { type: 'json' }

describeVectors('connect2id-header', (folder) => {
  it('an RSA certificate of 2017 parses and has the thumbprint that openssl gives', async () => {
    const text = readFileSync(join(folder, 'plain.txt'), 'utf8')
    const der = fromBase64(text.replace(/-----[A-Z ]+-----|\s/g, '')) ?? new Uint8Array()
    const expected = readJson<{ 'x5t#S256': string }>(join(folder, 'expected.json'))
    expect(await thumbprint(der)).toBe(expected['x5t#S256'])
    const parsed = parseCertificate(der)
    expect(parsed.ok && parsed.certificate.publicKey).toMatchObject({ kty: 'RSA', bits: 2048 })
  })
})

describeVectors('chromium-names.jsonl', (path) => {
  it('names are equal exactly if RFC 5280 section 7.1 says so', () => {
    const rows = readJsonLines<{ id: string; a: string; b: string; expected: string }>(path)
    expect(rows.length).toBeGreaterThan(70)
    for (const { id, a, b, expected } of rows) {
      expect(namesEqual(octets(a), octets(b)), id).toBe(expected === 'MATCH')
    }
  })
})

/** Intended differences with their reasons. The test also fails if one of them has the expected outcome. */
const chromiumExceptions: Readonly<Record<string, { parses: boolean; because: string }>> = {
  'chromium-parse::issuer_bad_printable_string': {
    parses: true,
    because: 'an "&" in a PrintableString: real names have it, other parsers read it as well',
  },
  'chromium-parse::failed_signature_algorithm': {
    parses: false,
    because: 'parameters under a universal tag that does not exist (X.680 clause 8.6): not DER',
  },
}

describeVectors('chromium-parse.jsonl', (path) => {
  it('exactly the valid certificates parse', () => {
    const rows = readJsonLines<{ id: string; cert: string; expected: string }>(path)
    expect(rows.length).toBeGreaterThan(30)
    for (const { id, cert, expected } of rows) {
      const parses = chromiumExceptions[id]?.parses ?? expected !== 'REJECT'
      expect(parseCertificate(octets(cert)).ok, id).toBe(parses)
    }
  })
})

type Row = {
  readonly id: string
  readonly der: string
  readonly x5t_s256: string
  readonly pyca_parses: boolean
  readonly fields?: {
    readonly subject_der: string
    readonly serial_hex: string
    readonly not_before: string
    readonly not_after: string
    readonly san: SanFields | { readonly error: string } | null
  }
}
type SanFields = Readonly<Record<'dns' | 'uri' | 'ip' | 'email', readonly string[]>>

/** The oracle re-encodes names in the order of DER; these were unsorted or had a value twice. */
const encodedAnew = new Set([
  'zlint::issuerDNTrailingSpace',
  'zlint::subjectRDNTwoAttribute',
  'boringssl-parse-fuzz::3f62a76c9e78a1a8032c289dba5d57856cd3fa9d',
  'boringssl-parse-fuzz::5b8728d1e790af735e37b025b61c1ccef47e56bf',
  'boringssl-cert-fuzz::3f62a76c9e78a1a8032c289dba5d57856cd3fa9d',
])

describeVectors('parser-corpus.jsonl.gz', (path) => {
  const rows = readJsonLines<Row>(path)
  const parsed = rows.map((row) => ({ row, outcome: parseCertificate(octets(row.der)) }))
  const read = parsed.flatMap(({ row, outcome }) =>
    outcome.ok ? [{ row, certificate: outcome.certificate }] : [],
  )

  it('parses the same certificates as another strict parser, except for the listed exceptions', () => {
    const differences = parsed.flatMap(({ row, outcome }) =>
      outcome.ok === row.pyca_parses
        ? []
        : [`${row.id} ${outcome.ok ? 'parses' : refusal(outcome)}`],
    )
    const expected = [
      ...exceptions.refused_here.flatMap(({ refusal, ids }) => ids.map((id) => `${id} ${refusal}`)),
      ...exceptions.accepted_here.flatMap(({ ids }) => ids.map((id) => `${id} parses`)),
    ]
    expect(differences.toSorted()).toEqual(expected.toSorted())
  })

  it('the thumbprint of any octets is that of the oracle', async () => {
    for (const { der, x5t_s256, id } of rows) {
      expect(await thumbprint(octets(der)), id).toBe(x5t_s256)
    }
  })

  it('subject, serial number, dates and SANs are those of the oracle', () => {
    for (const { row, certificate } of read) {
      if (row.fields === undefined) continue
      const { subject_der, serial_hex, not_before, not_after, san } = row.fields
      if (!encodedAnew.has(row.id)) {
        expect(Buffer.from(certificate.subjectDer).toString('base64'), row.id).toBe(subject_der)
      }
      expect(signedHex(certificate.serialNumber), row.id).toBe(serial_hex)
      expect(certificate.notBefore, row.id).toBe(Date.parse(not_before) / 1000)
      expect(certificate.notAfter, row.id).toBe(Date.parse(not_after) / 1000)
      // If the oracle cannot read the extension, there is nothing to compare.
      if (san === null || !('error' in san))
        expect(sansOf(certificate), row.id).toEqual(listed(san))
    }
  })

  it('agrees with asn1-x509 on the structure', { timeout: 30_000 }, () => {
    for (const { row, certificate } of read) {
      const other = AsnConvert.parse(certificate.der, asn1.Certificate)
      const spki = AsnConvert.serialize(other.tbsCertificate.subjectPublicKeyInfo)
      const oids = (other.tbsCertificate.extensions ?? []).map(({ extnID }) => extnID)
      expect(
        certificate.extensions.map(({ oid }) => oid),
        row.id,
      ).toEqual(oids)
      expect(Buffer.from(certificate.subjectPublicKeyInfo).equals(Buffer.from(spki)), row.id).toBe(
        true,
      )
      const signature = Buffer.from(other.signatureValue)
      expect(signature.equals(certificate.signature), row.id).toBe(true)
    }
  })

  it('a name as RFC 4514 text has the same comparison key as the name in DER', () => {
    let keyed = 0
    for (const { row, certificate } of read) {
      for (const name of [certificate.subjectDer, certificate.issuerDer]) {
        const key = distinguishedNameKeyFromDer(name)
        if (key === null) continue
        keyed++
        for (const types of ['short', 'oid'] as const) {
          const text = formatDistinguishedName(name, { types })
          expect(distinguishedNameKey(text), row.id).toEqual({ ok: true, value: key })
        }
      }
    }
    expect(keyed).toBeGreaterThan(2000)
  })
})

const refusal = (outcome: { reason: string; oid?: string }): string =>
  outcome.reason === 'bad_extension' ? `${outcome.reason} ${outcome.oid}` : outcome.reason

const signedHex = (contents: string): string =>
  BigInt.asIntN(4 * contents.length, BigInt(`0x${contents}`)).toString(16)

const sansOf = ({ dnsNames, uris, ipAddresses, emails }: Certificate): SanFields => ({
  dns: dnsNames,
  uri: uris,
  ip: ipAddresses,
  email: emails,
})

const listed = (san: SanFields | null): SanFields => ({
  dns: san?.dns ?? [],
  uri: san?.uri ?? [],
  ip: san?.ip ?? [],
  email: san?.email ?? [],
})
