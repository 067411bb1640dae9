import { join } from 'node:path'
import { expect, it } from 'vitest'
import { pemToDer } from '../../src/encoding/pem.ts'
import {
  distinguishedNameKey,
  matchDistinguishedName,
  parseCertificate,
  publicKeyToJwk,
  thumbprint,
  verifyCertificatePath,
} from '../../src/x509/index.ts'
import { mintName } from '../support/mint/mint.ts'
import { describeVectors, octets, readJson } from '../support/node/vectors.ts'

type Appendix8705 = {
  readonly certificate_pem: string
  readonly certificate_der_b64: string
  readonly cnf: { readonly 'x5t#S256': string }
  readonly jwk: Readonly<Record<string, unknown>>
}

type Pair = { readonly a: string; readonly b: string; readonly match: boolean | 'undefined' }
type Prepared = { readonly pairs: readonly (Pair & { readonly security?: string })[] }
type Examples = {
  readonly examples: readonly {
    readonly string: string
    readonly rdns: readonly (readonly (readonly [string, string])[])[]
  }[]
}

describeVectors('rfc', (folder) => {
  it('RFC 8705 appendix A: a version 1 certificate, its thumbprint and its key', async () => {
    const vector = readJson<Appendix8705>(join(folder, 'rfc8705-appendix-a.json'))
    const der = octets(vector.certificate_der_b64)
    expect(pemToDer(vector.certificate_pem)).toEqual({ ok: true, value: [der] })
    expect(await thumbprint(der)).toBe(vector.cnf['x5t#S256'])
    const parsed = parseCertificate(der)
    expect(parsed).toMatchObject({
      ok: true,
      certificate: {
        version: 1,
        subject: 'CN=mtls',
        issuer: 'CN=mtls',
        serialNumber: '02',
        notBefore: Date.UTC(2018, 9, 18, 12, 37, 9) / 1000,
        notAfter: Date.UTC(2022, 4, 2, 12, 37, 9) / 1000,
      },
    })
    const { x5c: _, ...jwk } = vector.jwk
    expect(parsed.ok && publicKeyToJwk(parsed.certificate.publicKey)).toEqual(jwk)
  })

  it.each([
    ['in its time', Date.UTC(2020, 5, 1) / 1000, true],
    ['a year later', Date.UTC(2021, 5, 1) / 1000, false],
  ])('RFC 9440 appendix A: the chain %s', async (_, time, ok) => {
    const vector = readJson<{ certificates_pem: string[] }>(join(folder, 'rfc9440-appendix-a.json'))
    const chain = vector.certificates_pem.map((pem) => {
      const [der] = expectOk(pemToDer(pem))
      return der ?? new Uint8Array()
    })
    const [leaf = new Uint8Array(), intermediate = leaf, root = leaf] = chain
    const outcome = await verifyCertificatePath({
      leaf,
      intermediates: [intermediate],
      trustAnchors: [root],
      time,
    })
    expect(outcome.ok).toBe(ok)
    expect(outcome.ok || outcome.reason).toBe(ok || 'expired')
  })

  it('RFC 4514 section 4: the examples match their names in DER', () => {
    const { examples } = readJson<Examples>(join(folder, 'rfc4514-dn-examples.json'))
    expect(examples.length).toBeGreaterThan(6)
    for (const { string, rdns } of examples) {
      expect(matchDistinguishedName(string, nameOf(rdns)), string).toBe(true)
    }
  })

  it('RFC 4518: pairs of values that match, and that do not', () => {
    const { pairs } = readJson<Prepared>(join(folder, 'rfc4518-prep-pairs.json'))
    expect(pairs.length).toBeGreaterThan(10)
    for (const { a, b, match, security } of pairs) {
      const registered = `CN=${escaped(a)}`
      const expected = match === true && security === undefined
      const why = `${JSON.stringify(a)} ${JSON.stringify(b)}`
      expect(matchDistinguishedName(registered, nameOf([[['CN', b]]])), why).toBe(expected)
    }
  })

  it('RFC 4514 section 2.1: the first RDN of the text is the last of the sequence', () => {
    expect(distinguishedNameKey('CN=a,O=b')).not.toEqual(distinguishedNameKey('O=b,CN=a'))
    expect(
      matchDistinguishedName(
        'CN=a,O=b',
        mintName([
          ['O', 'b'],
          ['CN', 'a'],
        ]),
      ),
    ).toBe(true)
  })
})

/** Example RDNs are in the order of the text; a value in #hex is unchanged DER. */
function nameOf(rdns: readonly (readonly (readonly [string, string])[])[]) {
  const [type, value] = rdns[0]?.[0] ?? ['', '']
  if (value.startsWith('#')) {
    // An OCTET STRING: the mint writes strings, so the element is put in place of one.
    const rest = mintName([...rdns.slice(1)].reverse())
    const oid = [0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x8b, 0x3a, 0x00]
    expect(type).toBe('1.3.6.1.4.1.1466.0')
    return withRdn(rest, [...oid.slice(0, 1), 8, ...oid.slice(2), 0x04, 0x02, 0x48, 0x69])
  }
  return mintName([...rdns].reverse())
}

/** Adds one more RDN of one attribute behind those of a (short) name. */
function withRdn(name: Uint8Array, attribute: readonly number[]) {
  const rdn = [0x31, attribute.length + 2, 0x30, attribute.length, ...attribute]
  const contents = [...name.subarray(2), ...rdn]
  return Uint8Array.from([0x30, contents.length, ...contents])
}

/** Every octet as a hexadecimal pair. */
const escaped = (text: string): string =>
  Array.from(
    new TextEncoder().encode(text),
    (octet) => `\\${octet.toString(16).padStart(2, '0')}`,
  ).join('')

function expectOk<T>(result: { ok: true; value: T } | { ok: false }): T {
  if (!result.ok) throw new Error(JSON.stringify(result))
  return result.value
}
