import { describe, expect, it } from 'vitest'
import { parseRegisteredSubject, subjectAttributes } from './registered-subject.ts'

describe('the one subject', () => {
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
    [
      { tls_client_auth_san_dns: '*.example.com' },
      'tls_client_auth_san_dns: "*.example.com": wildcard',
    ],
    [
      { tls_client_auth_san_dns: '192.0.2.1' },
      'tls_client_auth_san_dns: "192.0.2.1": ip_address_as_host',
    ],
    [{ tls_client_auth_san_ip: 'a.example' }, 'tls_client_auth_san_ip: "a.example": ip_address'],
    [{ tls_client_auth_san_ip: '192.0.2.01' }, 'tls_client_auth_san_ip: "192.0.2.01": ip_address'],
    [{ tls_client_auth_san_uri: 'nothing' }, 'tls_client_auth_san_uri: "nothing": uri'],
    [{ tls_client_auth_san_email: 'nobody' }, 'tls_client_auth_san_email: "nobody": email'],
  ])('%j', (metadata, error) =>
    expect(parseRegisteredSubject(metadata)).toEqual({ ok: false, error }),
  )

  it.each([['CN'], ['CN=a,'], ['CN=a+'], ['CN="a'], ['nonsense=x'], [' '], ['CN=a\u0000']])(
    'the name %j',
    (name) => {
      const subject = parseRegisteredSubject({ tls_client_auth_subject_dn: name })
      expect(subject.ok || subject.error).toMatch(/^tls_client_auth_subject_dn: /)
    },
  )
})
