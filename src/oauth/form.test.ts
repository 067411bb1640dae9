import { describe, expect, it } from 'vitest'
import {
  decodeFormText,
  isFormType,
  maxFormBytes,
  maxParameters,
  parameter,
  parseForm,
} from './form.ts'

const form = 'application/x-www-form-urlencoded'

describe('isFormType', () => {
  it.each([
    [form],
    [form.toUpperCase()],
    [`${form}; charset=UTF-8`],
    [`${form};charset="utf-8"`],
    [`  ${form} ; charset=utf-8 ; boundary=x`],
    [`${form}; xcharset=utf-16`],
  ])('takes %j', (type) => expect(isFormType(type)).toBe(true))

  it.each([
    [null],
    [''],
    ['application/json'],
    ['multipart/form-data'],
    [`${form}x`],
    [`${form}, application/json`],
    [`${form}; charset=iso-8859-1`],
    [`${form}; charset=utf-16`],
    [`${form}; charset=xutf-8`],
    [`${form}; charset=utf-8x`],
  ])('refuses %j', (type) => expect(isFormType(type)).toBe(false))
})

const entries = (body: string): unknown => {
  const parsed = parseForm(body)
  return parsed.ok ? Object.fromEntries(parsed.value) : parsed.error
}

describe('a form', () => {
  it.each<[body: string, ...entries: [string, string[]][]]>([
    [''],
    ['a=1', ['a', ['1']]],
    ['b=2&a=1', ['b', ['2']], ['a', ['1']]],
    ['a=x+y%20z%2B', ['a', ['x y z+']]],
    ['%61=%C3%A9', ['a', ['é']]],
    ['a=é', ['a', ['é']]],
    ['a=b=c', ['a', ['b=c']]],
    ['__proto__=1', ['__proto__', ['1']]],
    // RFC 6749 section 3.2: without a value is not sent.
    ['a=&b=2', ['b', ['2']]],
    ['a&b=2', ['b', ['2']]],
    ['&&a=1&', ['a', ['1']]],
    // RFC 8707 section 2: the one parameter that may come again, in its order.
    ['resource=x&a=1&resource=y', ['resource', ['x', 'y']], ['a', ['1']]],
    ['resource=&resource=y', ['resource', ['y']]],
    ['resource=&resource='],
  ])('%j', (body, ...expected) => {
    const parsed = parseForm(body)
    expect(parsed.ok && [...parsed.value]).toEqual(expected)
  })

  it('has one value of a parameter, or none', () => {
    const parsed = parseForm('a=1&resource=x&resource=y')
    expect(parsed.ok && [parameter(parsed.value, 'a'), parameter(parsed.value, 'b')]).toEqual([
      '1',
      undefined,
    ])
  })
})

describe('a malformed form', () => {
  const pairs = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=1`).join('&')

  it.each([
    ['a=1&a=2', { code: 'parameter_repeated', parameter: 'a' }],
    ['a=1&a=1', { code: 'parameter_repeated', parameter: 'a' }],
    ['a=&a=1', { code: 'parameter_repeated', parameter: 'a' }],
    ['a=1&%61=2', { code: 'parameter_repeated', parameter: 'a' }],
    [
      `${'n'.repeat(99)}=1&${'n'.repeat(99)}=2`,
      { code: 'parameter_repeated', parameter: 'n'.repeat(64) },
    ],
    ['=1', { code: 'form_malformed', problem: 'a parameter without a name' }],
    ['a=%', { code: 'form_malformed', problem: 'an escape is not UTF-8' }],
    ['a=%zz', { code: 'form_malformed', problem: 'an escape is not UTF-8' }],
    ['a=%C3', { code: 'form_malformed', problem: 'an escape is not UTF-8' }],
    ['a=%ED%A0%80', { code: 'form_malformed', problem: 'an escape is not UTF-8' }],
    ['%FF=1', { code: 'form_malformed', problem: 'an escape is not UTF-8' }],
    ['a=%00', { code: 'form_malformed', problem: 'a control character' }],
    ['a\u0000=1', { code: 'form_malformed', problem: 'a control character' }],
    ['a=x%0Ay', { code: 'form_malformed', problem: 'a control character' }],
    ['a=%7F', { code: 'form_malformed', problem: 'a control character' }],
    ['a=1\r\n', { code: 'form_malformed', problem: 'a control character' }],
    [pairs(maxParameters + 1), { code: 'form_malformed', problem: 'more than 64 parameters' }],
    [
      pairs(10_000).slice(0, maxFormBytes),
      { code: 'form_malformed', problem: 'more than 64 parameters' },
    ],
    ['&'.repeat(maxFormBytes), { code: 'form_malformed', problem: 'more than 64 parameters' }],
  ])('%.40j', (body, refusal) => expect(entries(body)).toEqual(refusal))

  it.each([
    ['as many parameters as may be', pairs(maxParameters), maxParameters],
    ['as many octets as may be', `a=${'x'.repeat(maxFormBytes - 2)}`, 1],
  ])('has its twin: %s', (_, body, size) => {
    const parsed = parseForm(body)
    expect(parsed.ok && parsed.value.size).toBe(size)
  })
})

describe('decodeFormText', () => {
  it.each([
    ['a+b', 'a b'],
    ['a%2Bb', 'a+b'],
    ['%F0%9F%90%B4', '\u{1f434}'],
    ['%', null],
    ['%E2%82', null],
  ])('%j', (text, decoded) => expect(decodeFormText(text)).toBe(decoded))
})
