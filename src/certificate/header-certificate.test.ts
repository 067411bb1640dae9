import { describe, expect, it } from 'vitest'
import {
  ca,
  chained,
  chosenHeader,
  type Header,
  leaf,
  namesOf,
  noLeaf,
  read,
  readLeaf,
  root,
  secretName,
  written,
} from '../../test/support/worker/header-sources.ts'
import { headerWriters } from '../../test/support/worker/header-writers.ts'
import { utf8 } from '../encoding/bytes.ts'
import { headerCertificate } from './header-certificate.ts'
import { headerSourceNames, headerSources } from './header-sources.ts'

describe.each(headerSourceNames)('%s', (name) => {
  it('reads what its terminator writes', () => {
    const chain = chained.includes(name) ? [ca, root] : []
    expect(read(name, written(name))).toEqual({ leaf, chain })
    expect(read(name, written(name, []))).toEqual({ leaf, chain: [] })
  })

  it('returns the raw values, not decoded', () => {
    const words = headerWriters[name](leaf, [ca])
    const headers = new Headers(written(name, [ca]))
    const presented = headerCertificate(
      name,
      chosenHeader(name),
    )(new Request('https://x/', { headers }))
    expect(presented).toMatchObject({
      ok: true,
      value: {
        kind: 'whole',
        raw: { leaf: words.leaf.trim(), chain: words.chain?.trim() ?? '' },
        chainTooLarge: false,
      },
    })
  })

  it('reads the header that is configured, and its chain, and not the default', () => {
    const names = namesOf(name)
    const renamed = written(name).map(
      ([header, value]): Header => [header === names.leaf ? 'X-Other' : 'X-Other-Chain', value],
    )
    expect(read(name, renamed, 'X-Other')).toEqual(read(name, written(name)))
    expect(read(name, written(name), 'X-Other')).toBe('none')
  })

  it('finds no certificate without a header, or with other headers', () => {
    expect(read(name, [])).toBe('none')
    const names = namesOf(name)
    const own = [names.leaf, names.chain].map((header) => header?.toLowerCase())
    const others = headerSourceNames.flatMap((other) => written(other))
    const foreign = others.filter(([header]) => !own.includes(header.toLowerCase()))
    expect(foreign.length).toBeGreaterThan(5)
    expect(read(name, foreign)).toBe('none')
  })

  it('treats underscores as another header', () => {
    const swap = (header: string) =>
      header.replace(/[-_]/g, (separator) => (separator === '-' ? '_' : '-'))
    const variants = written(name).map(([header, value]): Header => [swap(header), value])
    expect(read(name, variants)).toBe('none')
    expect(
      read(name, [...variants.map(([header]): Header => [header, 'x']), ...written(name)]),
    ).toEqual(read(name, written(name)))
  })

  it('does not read the verification result of the terminator', () => {
    const verdicts: Header[] = [
      ['X-Client-Verify', 'FAILED:self-signed certificate'],
      ['ssl-client-verify', 'NONE'],
      ['X-Client-Cert-Chain-Verified', 'false'],
    ]
    expect(read(name, [...verdicts, ...written(name)])).toEqual(read(name, written(name)))
  })

  const junk = [
    '',
    '(null)',
    '{http.request.tls.client.certificate_der_base64}',
    'NONE',
    '-',
    'null',
  ]
  it.each(junk)(
    '%j means no certificate if the terminator writes it, and is unreadable otherwise',
    (value) => {
      const expected = headerSources[name].absent.includes(value) ? 'none' : noLeaf(name)
      expect(readLeaf(name, value)).toBe(expected)
    },
  )

  const { leaf: valid } = headerWriters[name](leaf, [])
  it.each<[change: string, value: string]>([
    ['twice, joined by the platform', `${valid}, ${valid}`],
    ['twice, with a comma', `${valid},,${valid}`],
    ['a comma at its end', `${valid},`],
    ['cut off', valid.trim().slice(0, -10)],
    ['without its start', valid.slice(4)],
    ['a letter at its end', `${valid}x`],
    ['quoted', `'${valid}'`],
    ['a parameter at its end', `${valid};a`],
    // Not every base64 has a plus, a slash or an A; base64 of PEM always has a C.
    ['another alphabet', valid.replace(/\+|%2B/g, '_').replace(/\/|%2F|[AC]/g, '-')],
    ['one octet more than its DER', headerWriters[name](Uint8Array.of(...leaf, 0), []).leaf],
    ['one octet less than its DER', headerWriters[name](leaf.slice(0, -1), []).leaf],
    ['no DER', headerWriters[name](utf8('certificate'), []).leaf],
    ['no octets', headerWriters[name](new Uint8Array(), []).leaf],
  ])('refuses the certificate %s', (_, value) => {
    const nothing = headerSources[name].absent.includes(value)
    expect(readLeaf(name, value)).toBe(nothing ? 'none' : noLeaf(name))
  })

  it('limits the length of the header', () => {
    const bound = "the certificate's header is longer than 65536 characters"
    expect(readLeaf(name, 'x'.repeat(65_537))).toBe(bound)
    expect(readLeaf(name, 'x'.repeat(65_536))).toBe(noLeaf(name))
  })

  it('has problems without the name and the value of the header', () => {
    const problems = [readLeaf(name, 'Zm9vYmFy'), readLeaf(name, 'Zm9vYmFy'.repeat(10_000))]
    for (const problem of problems) {
      expect(problem).toEqual(expect.any(String))
      expect(problem).not.toContain('Zm9v')
      expect(problem).not.toContain(namesOf(name).leaf)
    }
  })
})

it('needs a name if the source has no default header', () => {
  expect(() => headerCertificate('connect2id', null)).toThrow(TypeError)
  expect(() => headerCertificate('connect2id', secretName)).not.toThrow()
})
