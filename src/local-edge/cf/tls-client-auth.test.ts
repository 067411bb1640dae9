import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  generateKeyPair,
  type MintRdns,
  mintCertificate,
  mintName,
} from '../../../test/support/mint/mint.ts'
import { mintIdentity } from '../../../test/support/node/certificates.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { derToPem } from '../../encoding/pem.ts'
import { nameSpellings } from './distinguished-name.ts'
import { tlsClientAuth } from './tls-client-auth.ts'

describe('tlsClientAuth', () => {
  it('fills every field as Cloudflare writes it', async () => {
    const root = await mintIdentity({ subject: 'CN=Root,C=DE', purpose: 'ca', serial: 0x5eed })
    const serial = 0x936eacbe07f201dfn
    const dates = { notBefore: 1_545_507_540, notAfter: 4_070_995_201 }
    const leaf = await mintIdentity({
      subject: 'CN=a,OU=b,O=c,C=US',
      issuer: root,
      serial,
      ...dates,
    })
    const node = new X509Certificate(leaf.der)
    const fields = tlsClientAuth({ leaf: leaf.der, chain: [root.der] }, 'FAILED', [])
    const hex = (text: string): string => text.replaceAll(':', '').toLowerCase()
    expect(fields).toEqual({
      certPresented: '1',
      certVerified: 'FAILED',
      certRevoked: '0',
      certIssuerDN: 'CN=Root,C=DE',
      certIssuerDNRFC2253: 'CN=Root,C=DE',
      certIssuerDNLegacy: '/C=DE/CN=Root',
      certSubjectDN: 'CN=a,OU=b,O=c,C=US',
      certSubjectDNRFC2253: 'CN=a,OU=b,O=c,C=US',
      certSubjectDNLegacy: '/C=US/O=c/OU=b/CN=a',
      certSerial: '00936EACBE07F201DF',
      certIssuerSerial: '5EED',
      certSKI: expect.stringMatching(/^[0-9A-F]{40}$/),
      certIssuerSKI: expect.stringMatching(/^[0-9A-F]{40}$/),
      certFingerprintSHA1: hex(node.fingerprint),
      certFingerprintSHA256: hex(node.fingerprint256),
      certNotBefore: 'Dec 22 19:39:00 2018 GMT',
      certNotAfter: 'Jan  2 00:00:01 2099 GMT',
      certRFC9440: `:${Buffer.from(leaf.der).toString('base64')}:`,
      certRFC9440TooLarge: false,
      certChainRFC9440: `:${Buffer.from(root.der).toString('base64')}:`,
      certChainRFC9440TooLarge: false,
    })
    const issuer = tlsClientAuth({ leaf: root.der, chain: [] }, 'FAILED', [])
    expect([fields.certIssuerSerial, fields.certIssuerSKI]).toEqual([
      issuer.certSerial,
      issuer.certSKI,
    ])
    expect(fields.certSKI).not.toBe(issuer.certSKI)
  })

  it('finds the issuer among the CAs of the edge, else uses the key identifier in the leaf', async () => {
    const root = await mintIdentity({ subject: 'CN=Root', purpose: 'ca' })
    const leaf = await mintIdentity({ subject: 'CN=a', issuer: root })
    const { certSerial, certSKI } = tlsClientAuth({ leaf: root.der, chain: [] }, 'FAILED', [])
    expect(tlsClientAuth({ leaf: leaf.der, chain: [] }, 'SUCCESS', [root.der])).toMatchObject({
      certIssuerSerial: certSerial,
      certIssuerSKI: certSKI,
    })
    expect(tlsClientAuth({ leaf: leaf.der, chain: [] }, 'FAILED', [])).toMatchObject({
      certIssuerSerial: '',
      certIssuerSKI: certSKI,
    })
  })
})

const names: [string, MintRdns, legacy?: string][] = [
  [
    'the usual attributes',
    [
      ['C', 'DE'],
      ['ST', 'Hessen'],
      ['L', 'Frankfurt'],
      ['O', 'Bank AG'],
      ['OU', 'IT'],
      ['CN', 'client'],
    ],
  ],
  [
    'several values at one level',
    [
      ['O', 'x'],
      [
        ['CN', 'a'],
        ['OU', 'b'],
      ],
    ],
    '/O=x/CN=a/OU=b',
  ],
  [
    'all that is special',
    [
      ['O', ' #a,b+c"d\\e<f>g;h= '],
      ['CN', '#a'],
    ],
    '/O= #a,b+c"d\\e<f>g;h= /CN=#a',
  ],
  [
    'letters beyond ASCII',
    [
      ['O', 'Müller & Söhne'],
      ['CN', 'Ω😀'],
    ],
  ],
  ['controls', [['CN', 'a\u0000b\n\u007f']]],
  [
    'less usual types',
    [
      ['organizationIdentifier', 'PSDDE-1'],
      ['serialNumber', '7'],
      ['DC', 'example'],
      ['UID', 'u'],
      ['emailAddress', 'a@b.example'],
    ],
  ],
  [
    'a type that OpenSSL has no name for',
    [
      ['1.3.6.1.4.1.99999.7', 'x'],
      ['CN', 'a'],
    ],
  ],
  ['nothing', []],
]

/** Raw DER, because @peculiar/x509 encodes some of these names differently. */
async function certificateOf(subject: Bytes): Promise<Bytes> {
  const keys = await generateKeyPair('ES256')
  const validity = { notBefore: 1_700_000_000, notAfter: 1_800_000_000 }
  return mintCertificate({
    subject,
    issuer: 'CN=Root',
    ...validity,
    publicKey: keys,
    signWith: keys,
  })
}

describe('nameSpellings', () => {
  it.each(names)('are the same as OpenSSL prints: %s', async (_, rdns, legacy) => {
    const der = mintName(rdns)
    const folder = mkdtempSync(join(tmpdir(), 'certbound-names-'))
    const file = join(folder, 'a.pem')
    writeFileSync(file, derToPem(await certificateOf(der)))
    const subject = (option: string): string =>
      execFileSync('openssl', ['x509', '-in', file, '-noout', '-subject', '-nameopt', option])
        .toString()
        .replace(/\n$/, '')
        .replace(/^subject= ?/, '')
    try {
      const spellings = nameSpellings(der)
      expect(spellings.rfc2253).toBe(subject('RFC2253'))
      // OpenSSL 3 prints and escapes a plus sign here; BoringSSL, which the edge uses, does not.
      const hasPlus = subject('compat').includes('+')
      expect(spellings.legacy).toBe(hasPlus ? legacy : subject('compat'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
