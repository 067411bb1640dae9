import { describe, expect, it } from 'vitest'
import { toBase64 } from '../encoding/base64.ts'
import { utf8 } from '../encoding/bytes.ts'
import { parseForm } from './form.ts'
import { authorizationScheme, readPresentedCredentials } from './presented-credentials.ts'

const basic = (text: string, scheme = 'Basic') => `${scheme} ${toBase64(utf8(text))}`

function read(body: string, authorization: string | null): unknown {
  const form = parseForm(body)
  if (!form.ok) throw new Error('the form of this test is malformed')
  const credentials = readPresentedCredentials(form.value, authorization)
  return credentials.ok ? credentials.value : credentials.error.code
}

const named = (clientId: string | null, ...otherMethods: string[]) => ({ clientId, otherMethods })

describe('the client_id', () => {
  it.each([
    ['client_id=acme', null, named('acme')],
    ['', null, named(null)],
    ['client_id=', null, named(null)],
    // RFC 6749 section 2.3.1: an empty secret is one that was not sent.
    ['client_id=acme&client_secret=', null, named('acme')],
    ['', basic('acme:'), named('acme')],
    ['client_id=acme', basic('acme:'), named('acme')],
    ['client_id=acme&client_secret=', basic('acme:'), named('acme')],
    ['', basic('acme:', 'BASIC'), named('acme')],
    ['', `Basic   ${toBase64(utf8('acme:'))}`, named('acme')],
    // Both are form-encoded first.
    ['', basic('a%3Ab+c:'), named('a:b c')],
    ['client_id=acme&client_assertion=&client_assertion_type=', null, named('acme')],
  ])('%j with %j', (body, authorization, expected) =>
    expect(read(body, authorization)).toEqual(expected),
  )
})

describe('another method', () => {
  it.each([
    ['', basic('acme:secret'), named('acme', 'client_secret_basic')],
    ['', basic('acme:%00'), named('acme', 'client_secret_basic')],
    ['', basic('acme::'), named('acme', 'client_secret_basic')],
    ['client_id=acme&client_secret=s', null, named('acme', 'client_secret_post')],
    ['client_id=acme&client_assertion=e30.e30.x', null, named('acme', 'client_assertion')],
    ['client_id=acme&client_assertion_type=urn:x', null, named('acme', 'client_assertion')],
    ['client_id=acme', 'Bearer x', named('acme', 'authorization_header')],
    ['client_id=acme', 'Basics x', named('acme', 'authorization_header')],
    ['client_id=acme', '', named('acme', 'authorization_header')],
    [
      'client_secret=s&client_assertion=x',
      basic('acme:s'),
      named('acme', 'client_secret_basic', 'client_secret_post', 'client_assertion'),
    ],
  ])('%j with %j', (body, authorization, expected) =>
    expect(read(body, authorization)).toEqual(expected),
  )
})

describe('refused', () => {
  it.each([
    ['client_id=other', basic('acme:'), 'client_id_conflict'],
    ['client_id=Acme', basic('acme:'), 'client_id_conflict'],
    ['', 'Basic', 'authorization_malformed'],
    ['', 'Basic ', 'authorization_malformed'],
    ['', 'Basic !!!!', 'authorization_malformed'],
    ['', 'Basic YWNtZTo', 'authorization_malformed'], // no padding
    ['', basic('acme'), 'authorization_malformed'],
    ['', basic(':'), 'authorization_malformed'],
    ['', basic(':secret'), 'authorization_malformed'],
    ['', basic('%zz:'), 'authorization_malformed'],
    ['', basic('acme:%C3'), 'authorization_malformed'],
    ['', `Basic ${toBase64(Uint8Array.of(0xff, 0x3a))}`, 'authorization_malformed'],
    ['', `${basic('acme:')}, ${basic('acme:')}`, 'authorization_malformed'],
  ])('%j with %j: %s', (body, authorization, code) => expect(read(body, authorization)).toBe(code))
})

describe('authorizationScheme', () => {
  it.each([
    ['Basic x', 'basic'],
    ['BEARER', 'bearer'],
    ['', ''],
    [' Basic x', ''],
    ['Ba"sic x', ''],
    [`${'x'.repeat(33)} y`, ''],
  ])('%j', (header, scheme) => expect(authorizationScheme(header)).toBe(scheme))
})
