import { describe, expect, it } from 'vitest'
import { isPublicHost, readOutboundUrl, type UrlPolicy } from './outbound-url.ts'

describe('a public host', () => {
  it.each([
    ['crl.example.com', true],
    ['crl.example.com:8080', true],
    ['xn--bcher-kva.example', true],
    ['crl', false],
    ['localhost', false],
    ['crl.localhost', false],
    ['db.internal', false],
    ['printer.local', false],
    ['router.home.arpa', false],
    ['127.0.0.1', false],
    ['10.0.0.1:80', false],
    ['169.254.169.254', false],
    ['[::1]', false],
    ['crl.example.com:0', false],
    ['crl.example.com:80:80', false],
    ['a..example.com', false],
    ['crl.example.com.', false],
    ['*.example.com', false],
    ['', false],
  ])('%s', (host, isPublic) => expect(isPublicHost(host)).toBe(isPublic))
})

describe('a URL that may be fetched', () => {
  const withHttp: UrlPolicy = { schemes: ['http:', 'https:'] }
  const withPrivate: UrlPolicy = { privateHosts: true }
  it.each<[policy: UrlPolicy, text: string, href: string | null]>([
    [{}, 'https://a.example.com/x', 'https://a.example.com/x'],
    [{}, 'http://a.example.com/x', null],
    [withHttp, 'http://a.example.com/x', 'http://a.example.com/x'],
    [{}, 'HTTPS://A.Example.com:443/a?b#c', 'https://a.example.com/a?b'],
    [{}, 'https://a.example.com:8443/', 'https://a.example.com:8443/'],
    [withHttp, 'ldap://a.example.com/cn=a', null],
    [withHttp, 'file:///etc/passwd', null],
    [{}, 'https://user@a.example.com/', null],
    [{}, 'https://:secret@a.example.com/', null],
    [withPrivate, 'https://user@a.example.com/', null],
    // IP addresses in any notation.
    [{}, 'https://2130706433/', null],
    [{}, 'https://0x7f.1/', null],
    [{}, 'https://0177.0.0.1/', null],
    [{}, 'https://127.0.0.1/', null],
    [{}, 'https://[::ffff:10.0.0.1]/', null],
    [withPrivate, 'https://[::ffff:10.0.0.1]/', 'https://[::ffff:a00:1]/'],
    [{}, 'https://localhost/', null],
    [withPrivate, 'https://localhost/', 'https://localhost/'],
    [withPrivate, 'http://localhost/', null],
    [{}, 'a.example.com/x', null],
    [{}, '', null],
    [
      {},
      `https://a.example.com/${'x'.repeat(1024 - 22)}`,
      `https://a.example.com/${'x'.repeat(1002)}`,
    ],
    [{}, `https://a.example.com/${'x'.repeat(1024 - 21)}`, null],
    // Longer only when escaped.
    [{}, `https://a.example.com/${'ü'.repeat(1002)}`, null],
  ])('%j: %.80s', (policy, text, href) => {
    expect(readOutboundUrl(text, policy)?.href ?? null).toBe(href)
  })

  it('relative to another', () => {
    const base = new URL('https://a.example.com/x/y')
    expect(readOutboundUrl('z', {}, base)?.href).toBe('https://a.example.com/x/z')
    expect(readOutboundUrl('//127.0.0.1/z', {}, base)).toBeNull()
  })
})
