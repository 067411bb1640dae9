import { describe, expect, it } from 'vitest'
import { parseRegisteredSubject, subjectAttributes } from './registered-subject.ts'

describe('the registered subject', () => {
  it.each([
    ['tls_client_auth_subject_dn', 'CN=partner, O=Acme', 'CN=PARTNER,O=acme'],
    ['tls_client_auth_subject_dn', 'cn=partner,o=Acme', '2.5.4.3=partner,2.5.4.10=Acme'],
    ['tls_client_auth_san_dns', 'Partner.Example.COM', 'partner.example.com'],
    ['tls_client_auth_san_uri', 'URN:x:Y', 'urn:x:Y'],
    ['tls_client_auth_san_ip', '2001:DB8::1', '2001:db8:0:0:0:0:0:1'],
    ['tls_client_auth_san_ip', '192.0.2.1', '192.0.2.1'],
    ['tls_client_auth_san_email', 'ops@Example.com', 'ops@example.com'],
  ])('%s: %j has the key of %j', (attribute, value, twin) => {
    const one = parseRegisteredSubject({ [attribute]: value })
    const other = parseRegisteredSubject({ [attribute]: twin })
    expect(one).toMatchObject({ ok: true, value: { attribute, value } })
    expect(one.ok && one.value.key).toBe(other.ok && other.value.key)
  })
})

const wanted = `want exactly one of ${subjectAttributes.join(', ')} (RFC 8705 section 2.1.2)`

describe('refused', () => {
  it.each<[metadata: Record<string, unknown>, problem: string]>([
    [{}, wanted],
    [{ tls_client_auth_subject_DN: 'CN=a' }, wanted],
    [{ tls_client_auth_san_dns: 'a.example', tls_client_auth_san_uri: 'urn:x:y' }, wanted],
    [{ tls_client_auth_san_dns: 'a.example', tls_client_auth_san_ip: null }, wanted],
    [{ tls_client_auth_san_dns: '' }, 'tls_client_auth_san_dns: want a text'],
    [{ tls_client_auth_san_dns: ['a.example'] }, 'tls_client_auth_san_dns: want a text'],
  ])('%j', (metadata, error) =>
    expect(parseRegisteredSubject(metadata)).toEqual({ ok: false, error }),
  )

  it.each<[attribute: string, value: string, problem: RegExp]>([
    ['san_dns', '*.example.com', /: "\*\.example\.com": a wildcard names no single host/],
    ['san_dns', '192.0.2.1', /is an IP address: register it as tls_client_auth_san_ip/],
    ['san_dns', 'api.x.', /: "api\.x\.": is not a host name: .*without a dot at the end/],
    ['san_dns', 'bücher.example', /want printable ASCII/],
    ['san_dns', 'x'.repeat(254), /is too long to be compared/],
    ['san_ip', 'a.example', /is not an IPv4 or IPv6 address/],
    ['san_ip', '192.0.2.01', /is not an IPv4 or IPv6 address \(IPv4 without leading zeros\)/],
    ['san_uri', 'nothing', /is not an absolute URI/],
    ['san_email', 'partner', /is not an e-mail address/],
    ['subject_dn', 'CN', /an = is missing \(character 3\)/],
    ['subject_dn', 'CN=a,', /an attribute type such as CN or O is missing \(character 6\)/],
    ['subject_dn', 'CN=a+', /an attribute type such as CN or O is missing \(character 6\)/],
    ['subject_dn', 'CN="a', /no quotation marks: .* \(character 4\)/],
    ['subject_dn', 'CN=a;O=b', /needs a backslash before it \(character 5\)/],
    ['subject_dn', 'CN=a\\z', /after a backslash comes one of .* \(character 5\)/],
    ['subject_dn', 'CN=\\ff', /is not text in UTF-8 \(character 4\)/],
    ['subject_dn', 'CN=#zz', /the DER of the value in hexadecimal \(character 4\)/],
    ['subject_dn', 'nonsense=x', /has no known name: write its OID .* \(character 1\)/],
    ['subject_dn', 'CN=a\u0000', /needs a backslash before it \(character 5\)/],
    ['subject_dn', 'CN=a\u0007', /that RFC 4518 prohibits/],
    ['subject_dn', ' ', /is empty/],
  ])('tls_client_auth_%s: %.20j', (attribute, value, problem) => {
    const subject = parseRegisteredSubject({ [`tls_client_auth_${attribute}`]: value })
    expect(subject.ok || subject.error).toMatch(problem)
  })
})
