import { describe, expect, it } from 'vitest'
import {
  generateKeyPair,
  type MintGeneralName,
  mintCertificate,
  subjectAltName,
} from '../../test/support/mint/mint.ts'
import { parseCertificate } from './parse-certificate.ts'
import {
  type SubjectAltNameType,
  subjectAltNameKey,
  subjectAltNameKeys,
} from './subject-alt-name.ts'

describe('subjectAltNameKey', () => {
  const cases: [type: SubjectAltNameType, text: string, outcome: string | { why: string }][] = [
    ['dns', 'Partner.Example', 'partner.example'],
    ['dns', 'localhost', 'localhost'],
    ['dns', 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['dns', 'bücher.example', { why: 'not_ascii' }],
    ['dns', '*.example', { why: 'wildcard' }],
    ['dns', 'a*.example', { why: 'wildcard' }],
    ['dns', 'partner.example.', { why: 'host_name' }],
    ['dns', '.example', { why: 'host_name' }],
    ['dns', 'a..example', { why: 'host_name' }],
    ['dns', '-a.example', { why: 'host_name' }],
    ['dns', 'a_b.example', { why: 'host_name' }],
    ['dns', 'a b.example', { why: 'not_ascii' }],
    ['dns', 'a\0.example', { why: 'not_ascii' }],
    ['dns', '192.0.2.1', { why: 'ip_address_as_host' }],
    ['dns', '', { why: 'not_ascii' }],
    ['dns', `${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
    ['dns', `${'a'.repeat(64)}.example`, { why: 'host_name' }],
    ['dns', 'a.'.repeat(127), { why: 'too_long' }],
    ['uri', 'HTTPS://Partner.Example/Path?Q#F', 'https://partner.example/Path?Q#F'],
    ['uri', 'https://User@Host.Example:8443', 'https://User@host.example:8443'],
    ['uri', 'https://[2001:DB8::1]/x', 'https://[2001:db8::1]/x'],
    ['uri', 'https://partner.example/%7Ea', 'https://partner.example/%7Ea'],
    ['uri', 'spiffe://Trust.Example/ns/Prod', 'spiffe://trust.example/ns/Prod'],
    ['uri', 'URN:Example:A', 'urn:Example:A'],
    ['uri', 'partner.example/path', { why: 'uri' }],
    ['uri', 'https:', { why: 'uri' }],
    ['uri', 'https://a b/', { why: 'not_ascii' }],
    ['uri', 'https://a/"', { why: 'uri' }],
    ['uri', 'https://a@b@c/', { why: 'uri' }],
    ['uri', `https://a/${'x'.repeat(2048)}`, { why: 'too_long' }],
    ['ip', '2001:DB8:0::1', '2001:db8::1'],
    ['ip', '192.0.2.1', '192.0.2.1'],
    ['ip', '192.0.2.0/24', { why: 'ip_address' }],
    ['email', 'Robot@Partner.Example', 'Robot@partner.example'],
    ['email', 'robot@', { why: 'not_ascii' }],
    ['email', '@partner.example', { why: 'email' }],
    ['email', 'partner.example', { why: 'email' }],
    ['email', 'a@b@partner.example', { why: 'email' }],
    ['email', '"a b"@partner.example', { why: 'not_ascii' }],
    ['email', 'a@*.example', { why: 'wildcard' }],
  ]
  it.each(cases)('%s %j', (type, text, outcome) => {
    const key = subjectAltNameKey(type, text)
    expect(key.ok ? key.value : key.error).toEqual(outcome)
  })
})

describe('subjectAltNameKeys', async () => {
  const key = await generateKeyPair('ES256')
  const present = async (names: readonly MintGeneralName[]) => {
    const der = await mintCertificate({
      subject: 'CN=a',
      issuer: 'CN=a',
      notBefore: 0,
      notAfter: 1,
      publicKey: key,
      signWith: key,
      extensions: [subjectAltName(names)],
    })
    const parsed = parseCertificate(der)
    if (!parsed.ok) throw new Error(parsed.reason)
    return parsed.certificate
  }

  it('has what can be matched, and leaves the rest out', async () => {
    const certificate = await present([
      { dns: 'A.example' },
      { dns: '*.example' },
      { dns: 'a.example\0.evil.example' },
      { uri: 'HTTPS://A.example/' },
      { email: 'a@B.example' },
      { ip: [192, 0, 2, 1] },
      { ip: [0x20, 0x01, 0x0d, 0xb8, ...new Array(11).fill(0), 1] },
      { directory: 'CN=b' },
    ])
    expect(subjectAltNameKeys(certificate, 'dns')).toEqual(['a.example'])
    expect(subjectAltNameKeys(certificate, 'uri')).toEqual(['https://a.example/'])
    expect(subjectAltNameKeys(certificate, 'email')).toEqual(['a@b.example'])
    expect(subjectAltNameKeys(certificate, 'ip')).toEqual(['192.0.2.1', '2001:db8::1'])
  })
})
