import { describe, expect, it } from 'vitest'
import { toBase64url } from '../encoding/base64.ts'
import { utf8 } from '../encoding/bytes.ts'
import { maxTokenLength, parseObject, tokenHeaderReader, verifiableAlgs } from './token-header.ts'

const encode = (text: string) => toBase64url(utf8(text))
const valid = { typ: 'at+jwt', alg: 'ES256', kid: 'k' }
const tokenOf = (header: object | string, rest = '.e30.c2ln') =>
  encode(typeof header === 'string' ? header : JSON.stringify(header)) + rest
const read = (token: string) => tokenHeaderReader(new Set(['ES256', 'EdDSA']))(token)
const refusal = (token: string) => {
  const result = read(token)
  return result.ok ? 'accepted' : result.error
}

describe('the header of a token', () => {
  const accepted: [name: string, header: object][] = [
    ['the three members', valid],
    ['the full media type, in capitals', { ...valid, typ: 'Application/AT+JWT' }],
    ['another allowed algorithm', { ...valid, alg: 'EdDSA' }],
    ['thumbprints of the signing certificate', { ...valid, x5t: 'a', 'x5t#S256': 'b' }],
    ['a key id with every punctuation', { ...valid, kid: 'aZ09._~:@=+-' }],
    ['a key id of 256 characters', { ...valid, kid: 'k'.repeat(256) }],
  ]
  it.each(accepted)('accepts %s', (_, header) => {
    const token = tokenOf(header)
    const { alg, kid } = { ...valid, ...header }
    expect(read(token)).toEqual({ ok: true, value: { text: token, alg, kid } })
  })

  const type = (type: string) => ({ code: 'token_type', type })
  const algorithm = (algorithm: string) => ({ code: 'token_algorithm', algorithm })
  const keyId = (problem: string) => ({ code: 'token_key_id', problem })
  const refused: [name: string, header: object | string, refusal: object][] = [
    ['no type', { alg: 'ES256', kid: 'k' }, type('undefined')],
    ['a type that is no text', { ...valid, typ: ['at+jwt'] }, type('object')],
    ['another type', { ...valid, typ: 'JWT' }, type('JWT')],
    ['more before the type', { ...valid, typ: 'xat+jwt' }, type('xat+jwt')],
    ['more behind the type', { ...valid, typ: 'at+jwtx' }, type('at+jwtx')],
    ['no algorithm', { typ: 'at+jwt', kid: 'k' }, algorithm('undefined')],
    ['an algorithm that is not allowed', { ...valid, alg: 'RS256' }, algorithm('RS256')],
    [
      'a member that is not known',
      { ...valid, jku: 'https://a.example' },
      { code: 'token_header_member', member: 'jku' },
    ],
    ['no key id', { typ: 'at+jwt', alg: 'ES256' }, keyId('missing')],
    ['an empty key id', { ...valid, kid: '' }, keyId('not a plain name')],
    ['a key id that is no text', { ...valid, kid: 1 }, keyId('not a plain name')],
    ['a key id that is a path', { ...valid, kid: '../k' }, keyId('not a plain name')],
    ['a key id with a line break behind', { ...valid, kid: 'k\n' }, keyId('not a plain name')],
    ['a key id of 257 characters', { ...valid, kid: 'k'.repeat(257) }, keyId('not a plain name')],
    ['no object', '[]', { code: 'token_malformed', problem: 'the header is no object' }],
    ['no JSON', '{', { code: 'token_malformed', problem: 'the header is no object' }],
  ]
  it.each(refused)('refuses %s', (_, header, expected) => {
    expect(refusal(tokenOf(header))).toEqual(expected)
  })

  it('refuses octets that are no UTF-8', () => {
    const header = toBase64url(Uint8Array.of(0x7b, 0xff, 0x7d))
    const malformed = { code: 'token_malformed', problem: 'the header is no object' }
    expect(refusal(`${header}.e30.c2ln`)).toEqual(malformed)
  })

  it('is the same when it comes again, also a long one', () => {
    const reader = tokenHeaderReader(new Set(['ES256']))
    for (const header of [valid, { ...valid, 'x5t#S256': 'b'.repeat(500) }]) {
      const token = tokenOf(header)
      const expected = { ok: true, value: { text: token, alg: 'ES256', kid: 'k' } }
      expect([reader(token), reader(token)]).toEqual([expected, expected])
    }
  })
})

describe('the form of a token', () => {
  const form = { code: 'token_malformed', problem: 'not a signed JWT in compact form' }
  const header = encode(JSON.stringify(valid))
  const cases: [name: string, token: string, refusal: object | 'accepted'][] = [
    ['three parts', `${header}.e30.c2ln`, 'accepted'],
    ['two parts', `${header}.e30`, form],
    ['four parts', `${header}.e30.c2ln.c2ln`, form],
    ['no signature', `${header}.e30.`, form],
    ['no claims', `${header}..c2ln`, form],
    ['no header', '.e30.c2ln', form],
    ['a space before', ` ${header}.e30.c2ln`, form],
    ['a line break behind', `${header}.e30.c2ln\n`, form],
    ['padding', `${header}.e30=.c2ln`, form],
    ['a part of one character more', `${header}.e30.c2lnA`, form],
    ['a rest of two characters', `${header}.e30.c2lnAg`, 'accepted'],
    ['a rest of two characters with pad bits', `${header}.e30.c2lnAh`, form],
    ['a rest of three characters', `${header}.e30.c2lnAAE`, 'accepted'],
    ['a rest of three characters with pad bits', `${header}.e30.c2lnAAF`, form],
    ['a letter outside of the alphabet', `${header}.e30.c2+n`, form],
  ]
  it.each(cases)('%s', (_, token, expected) => {
    expect(refusal(token)).toEqual(expected)
  })

  it('is bounded in length', () => {
    const head = `${header}.e30.`
    const filled = (length: number) => head + 'A'.repeat(length - head.length)
    // Four characters to a group: the longest that is well-formed and not over the limit.
    const rest = (maxTokenLength - head.length) % 4
    expect(refusal(filled(maxTokenLength - rest))).toBe('accepted')
    const atLimit = refusal(filled(maxTokenLength))
    expect(atLimit).not.toEqual({ code: 'token_too_large', limit: maxTokenLength })
    const over = refusal(filled(maxTokenLength + 1))
    expect(over).toEqual({ code: 'token_too_large', limit: 16_384 })
  })
})

it('allows asymmetric algorithms only', () => {
  expect(
    verifiableAlgs.filter((alg) => alg.startsWith('HS') || alg === ('none' as string)),
  ).toEqual([])
})

describe('parseObject', () => {
  it.each(['[]', '1', '"a"', 'null', 'true', '{', ''])('returns null for %s', (text) => {
    expect(parseObject(text)).toBeNull()
  })

  it('returns an object', () => {
    expect(parseObject('{"a":1}')).toEqual({ a: 1 })
  })
})
