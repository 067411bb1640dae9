import { describe, expect, it } from 'vitest'
import { isPublicHost, readListUrl } from './crl-url.ts'

describe('a host of lists', () => {
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

describe('the URL of a list', () => {
  it.each([
    ['http://crl.example.com/a.crl', 'http://crl.example.com/a.crl'],
    ['HTTPS://CRL.Example.com:443/a?b#c', 'https://crl.example.com/a?b'],
    ['ldap://crl.example.com/cn=a', null],
    ['file:///etc/passwd', null],
    ['http://user@crl.example.com/', null],
    ['http://:secret@crl.example.com/', null],
    // An address in whatever spelling is one.
    ['http://2130706433/', null],
    ['http://0x7f.1/', null],
    ['http://0177.0.0.1/', null],
    ['http://127.0.0.1/', null],
    ['http://[::ffff:10.0.0.1]/', null],
    ['http://localhost/', null],
    ['crl.example.com/a', null],
    ['', null],
    [`http://crl.example.com/${'a'.repeat(1024)}`, null],
  ])('%s', (text, expected) => expect(readListUrl(text)?.href ?? null).toBe(expected))
})
