import { describe, expect, it } from 'vitest'
import {
  ca,
  chained,
  type Header,
  inLeaf,
  leaf,
  namesOf,
  noChain,
  noLeaf,
  ownChain,
  read,
  readLeaf,
  root,
  written,
} from '../../test/support/worker/header-sources.ts'
import { headerWriters } from '../../test/support/worker/header-writers.ts'
import { toBase64 } from '../encoding/base64.ts'
import { type Bytes, utf8 } from '../encoding/bytes.ts'
import { derToPem } from '../encoding/pem.ts'
import { type HeaderSourceName, headerSourceNames, headerSources } from './header-sources.ts'

describe('a chain', () => {
  const many = (count: number) => Array.from({ length: count }, () => ca)

  it.each(ownChain)('%s: at most sixteen', (name) => {
    const words = (count: number): Header[] => [
      [namesOf(name).leaf, headerWriters[name](leaf, []).leaf],
      [`${namesOf(name).chain}`, chainOf(name, many(count))],
    ]
    expect(read(name, words(16))).toEqual({ leaf, chain: many(16) })
    expect(read(name, words(17))).toBe(noChain(name))
  })

  it('apache: at most sixteen, (null) included', () => {
    const { leaf: name, chain } = namesOf('apache')
    const nulls = (count: number, end = '') => `${'(null) '.repeat(count)}${end}`
    const answer = (text: string) =>
      read('apache', [
        [name, headerWriters.apache(leaf, []).leaf],
        [`${chain}`, text],
      ])
    const pem = chainOf('apache', [ca])
    expect(answer(nulls(16))).toEqual({ leaf, chain: [] })
    expect(answer(nulls(16, pem))).toEqual({ leaf, chain: [ca] })
    for (const end of ['', pem, 'junk']) expect(answer(nulls(17, end))).toBe(noChain('apache'))
  })

  it.each(inLeaf)('%s: at most sixteen with the leaf', (name) => {
    const words = (count: number) => headerWriters[name](leaf, many(count - 1)).leaf
    expect(readLeaf(name, words(16))).toEqual({ leaf, chain: many(15) })
    expect(readLeaf(name, words(17))).toBe(noLeaf(name))
  })

  it.each(
    ownChain.flatMap((name) =>
      (['cut', 'junk', 'letter', 'leaf form'] as const).map((change) => [name, change] as const),
    ),
  )('%s: refuses %s', (name, change) => {
    const good = chainOf(name, [ca])
    const bad = {
      cut: good.trim().slice(0, -10),
      junk: 'NONE',
      letter: `x${good}`,
      'leaf form': `:${toBase64(leaf)}`,
    }[change]
    const [first] = written(name)
    if (first === undefined) throw new Error('nothing written')
    const chainHeader = `${namesOf(name).chain}`
    expect(read(name, [first, [chainHeader, good]])).toEqual({ leaf, chain: [ca] })
    expect(read(name, [first, [chainHeader, bad]])).toBe(noChain(name))
  })

  it.each(ownChain)('%s: limits its length', (name) => {
    const [first] = written(name)
    if (first === undefined) throw new Error('nothing written')
    const long = (length: number): Header[] => [
      first,
      [`${namesOf(name).chain}`, 'x'.repeat(length)],
    ]
    expect(read(name, long(65_537))).toBe("the chain's header is longer than 65536 characters")
    expect(read(name, long(65_536))).toBe(noChain(name))
  })

  it.each(ownChain)('%s: in two headers only for RFC 9440 section 2.3', (name) => {
    const [first] = written(name)
    if (first === undefined) throw new Error('nothing written')
    const header = `${namesOf(name).chain}`
    const twice = read(name, [
      first,
      [header, chainOf(name, [ca])],
      [header, chainOf(name, [root])],
    ])
    const allowed = headerSources[name].chainForm === 'RFC 9440 list'
    expect(twice).toEqual(allowed ? { leaf, chain: [ca, root] } : noChain(name))
  })

  it.each(ownChain)('%s: without a leaf, is ignored', (name) => {
    expect(read(name, [[`${namesOf(name).chain}`, chainOf(name, [ca])]])).toBe('none')
  })

  it.each(headerSourceNames.filter((name) => !chained.includes(name)))(
    '%s: is refused if the terminator forwards only the leaf',
    (name) => {
      const pem = `${derToPem(leaf)}${derToPem(ca)}`
      const values = [pem.replaceAll('\n', ' '), encodeURIComponent(pem)]
      const der = Uint8Array.of(...leaf, ...ca)
      values.push(toBase64(der), `:${toBase64(der)}:`, toBase64(utf8(pem)))
      for (const value of values) expect(readLeaf(name, value)).toBe(noLeaf(name))
    },
  )

  function chainOf(name: HeaderSourceName, chain: readonly Bytes[]): string {
    if (name === 'apache') return chain.map((der) => derToPem(der).replaceAll('\n', ' ')).join(' ')
    return headerWriters[name](leaf, chain).chain ?? ''
  }
})

describe('the form of another source', () => {
  /** Other forms whose values also have this form, with the same meaning. */
  const also: Readonly<Record<string, readonly string[]>> = {
    'percent-encoded PEM': ['percent-encoded PEM, leaf first'],
    'percent-encoded PEM, leaf first': ['percent-encoded PEM'],
    'PEM on one line': [
      'PEM on one line, percent-encoded or not',
      'PEM on one line, percent-encoded or not, leaf first',
    ],
    'PEM on one line, percent-encoded or not': [
      'PEM on one line',
      'PEM on one line, percent-encoded or not, leaf first',
      'percent-encoded PEM',
      'percent-encoded PEM, leaf first',
    ],
    'PEM on one line, percent-encoded or not, leaf first': [
      'PEM on one line',
      'PEM on one line, percent-encoded or not',
      'percent-encoded PEM',
      'percent-encoded PEM, leaf first',
    ],
    'base64 of DER': ['base64 of DER, comma list, leaf first'],
    'base64 of DER, comma list, leaf first': ['base64 of DER'],
    'base64 of DER or of PEM': ['base64 of DER', 'base64 of DER, comma list, leaf first'],
  }
  it.each(headerSourceNames)('%s: is the same certificate, or refused', (name) => {
    const { form } = headerSources[name]
    for (const other of headerSourceNames) {
      const theirs = headerSources[other].form
      const same = theirs === form || also[form]?.includes(theirs) === true
      const value = headerWriters[other](leaf, []).leaf
      expect(readLeaf(name, value), other).toEqual(same ? { leaf, chain: [] } : noLeaf(name))
    }
  })
})

describe('documented variants', () => {
  const pem = derToPem(leaf)
  const one = { leaf, chain: [] }
  it.each<[name: HeaderSourceName, variant: string, value: string, expected?: unknown]>([
    ['apache', 'line feeds as LF TAB, which arrive as space TAB', pem.replaceAll('\n', ' \t')],
    ['tomcat', 'line feeds as LF TAB, which arrive as space TAB', pem.replaceAll('\n', ' \t')],
    ['pem', 'no line feeds', pem.replaceAll('\n', '')],
    ['pem', 'percent-encoded', encodeURIComponent(pem)],
    [
      'pem',
      'percent-encoded in lower case, + / = as they are (Apache escape:)',
      encodeURIComponent(pem)
        .replace(/%(2B|2F|3D)/g, decodeURIComponent)
        .replace(/%../g, (hex) => hex.toLowerCase()),
    ],
    ['connect2id', 'percent-encoded', encodeURIComponent(pem.replaceAll('\n', ''))],
    ['fastly', 'base64 of DER', toBase64(leaf)],
    [
      'traefik',
      'before 2.9.4: each percent-encoded',
      [leaf, ca].map(toBase64).map(encodeURIComponent).join(','),
      { leaf, chain: [ca] },
    ],
    [
      'traefik',
      'half percent-encoded',
      [encodeURIComponent(toBase64(leaf)), toBase64(ca)].join(','),
      noLeaf('traefik'),
    ],
    [
      'traefik',
      'with a space after the comma: two headers',
      [leaf, ca].map(toBase64).join(', '),
      noLeaf('traefik'),
    ],
    ['nginx', 'not encoded', pem.replaceAll('\n', ' '), noLeaf('nginx')],
    ['nginx', 'broken encoding', encodeURIComponent(pem).replace('%0A', '%0'), noLeaf('nginx')],
    [
      'nginx',
      'encoded, but not UTF-8',
      encodeURIComponent(pem).replace('%0A', '%FF'),
      noLeaf('nginx'),
    ],
    [
      'nginx',
      'a plus for a space',
      encodeURIComponent(pem).replaceAll('%20', '+'),
      noLeaf('nginx'),
    ],
    ['nginx', 'encoded twice', encodeURIComponent(encodeURIComponent(pem)), noLeaf('nginx')],
    [
      'wso2',
      'another label',
      pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE').replaceAll('\n', ''),
      noLeaf('wso2'),
    ],
  ])('%s: %s', (name, _, value, expected = one) => {
    expect(readLeaf(name, value)).toEqual(expected)
  })
})
