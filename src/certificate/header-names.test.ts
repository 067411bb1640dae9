import { describe, expect, it } from 'vitest'
import {
  areDistinctHeaders,
  isCustomHeaderName,
  isHeaderName,
  knownCertificateHeaders,
  uniqueNames,
} from './header-names.ts'

describe('the name of a header', () => {
  it.each(['A', 'x-client-cert', 'X1-2', `A${'b'.repeat(99)}`])('%s', (name) =>
    expect(isHeaderName(name)).toBe(true),
  )
  it.each(['', '1a', '-a', 'a b', 'a_b', 'a:', ' a', 'a\n', 'é', `A${'b'.repeat(100)}`])(
    'refuses %j',
    (name) => expect(isHeaderName(name)).toBe(false),
  )
})

describe("a proxy's own header", () => {
  it.each(['Authorization', 'X-Own', 'Certbound-Proxy-Credential', 'Xcf-Ray', 'X-Host'])(
    'may be %s',
    (name) => expect(isCustomHeaderName(name)).toBe(true),
  )
  it.each([
    ...['Host', 'Content-Type', 'Content-Length', 'Content-Encoding', 'Transfer-Encoding'],
    ...['Connection', 'Keep-Alive', 'Proxy-Authenticate', 'Proxy-Authorization', 'Expect'],
    ...['Proxy-Connection', 'TE', 'Trailer', 'Upgrade', 'Accept', 'Accept-Encoding'],
    ...['User-Agent', 'Cookie', 'Date', 'Early-Data', 'CF-Ray', 'cf-connecting-ip', 'a b'],
    ...knownCertificateHeaders,
  ])('may not be %s', (name) => {
    expect(isCustomHeaderName(name)).toBe(false)
    expect(isCustomHeaderName(name.toLowerCase())).toBe(false)
  })
})

it('knows the headers of other servers, and each name once', () => {
  const lower = knownCertificateHeaders.map((name) => name.toLowerCase())
  expect(new Set(lower).size).toBe(lower.length)
  expect(lower).toEqual(
    expect.arrayContaining([
      ...['x-client-cert', 'x-client-cert-chain', 'x-client-verify', 'x-client-dn'],
      ...['x-ssl-client-cert', 'x-ssl-client-verify', 'ssl-client-cert', 'ssl-client-verify'],
      ...['x-ssl-client-s-dn', 'x-ssl-client-sha1', 'x-ssl-client-sha256'],
      ...['x-forwarded-tls-client-cert-info', 'cf-client-cert-der-base64'],
      ...['cf-client-cert-sha256', 'client-cert', 'client-cert-chain'],
    ]),
  )
})

it('removes repeated names in any case, and nulls', () => {
  expect(uniqueNames(['A', null, 'b', 'a', 'B', 'c'])).toEqual(['a', 'B', 'c'])
})

it.each<[header: string | null, others: string[], distinct: boolean]>([
  [null, [], true],
  [null, ['a', 'b'], true],
  [null, ['a', 'A'], false],
  ['c', ['a', 'b'], true],
  ['c', ['a', 'C'], false],
  ['c', ['c-chain', 'b'], false],
  ['c', ['chain', '-Chain'], true],
])('%s and %j: distinct is %s', (header, others, distinct) => {
  expect(areDistinctHeaders(header, others)).toBe(distinct)
})
