import { describe, expect, it } from 'vitest'
import { maxScopes, parseScope } from './scope.ts'

const tokens = (count: number) => Array.from({ length: count }, (_, i) => `s${i}`).join(' ')

describe('a scope', () => {
  it.each([
    ['', []],
    ['read', ['read']],
    ['write read', ['write', 'read']],
    ['read read write', ['read', 'write']],
    ['https://api.example.com/read', ['https://api.example.com/read']],
    ["!#$%&'()*+,-./:;<=>?@[]^_`{|}~", ["!#$%&'()*+,-./:;<=>?@[]^_`{|}~"]],
    [tokens(maxScopes), tokens(maxScopes).split(' ')],
  ])('%.40j', (text, value) => expect(parseScope(text)).toEqual({ ok: true, value }))

  it.each([
    [' ', ''],
    [' read', ''],
    ['read ', ''],
    ['read  write', ''],
    ['read\twrite', 'read\twrite'],
    ['a"b', 'a"b'],
    ['a\\b', 'a\\b'],
    ['ok é', 'é'],
    ['ok a\u0000', 'a\u0000'],
    ['ok a\u007f', 'a\u007f'],
    [tokens(maxScopes + 1), 'more than 100 tokens'],
  ])('refuses %.40j', (text, token) =>
    expect(parseScope(text)).toEqual({ ok: false, error: { token } }),
  )
})
