import { describe, expect, it } from 'vitest'
import { headerCertificate } from '../../certificate/header-certificate.ts'
import { headerNames, headerSourceNames, headerSources } from '../../certificate/header-sources.ts'
import { pemToDer } from '../../encoding/pem.ts'
import { parseCertificate } from '../../x509/index.ts'
import { doctorsName, throwaway } from '../throwaway.ts'
import { configuredForgeries, type Forgery, knownForgeries, volleys } from './batches.ts'

const names = { subject: doctorsName, issuer: doctorsName, subjectAltName: null }
const { cert } = await throwaway({ ...names, notBefore: 1_700_000_000, notAfter: 1_800_000_000 })
const pem = pemToDer(cert)
const leaf = pem.ok ? pem.value[0] : undefined
if (leaf === undefined) throw new Error('not made')
const claimed = { leaf, chain: [leaf, leaf] }
const isLeaf = (der: Uint8Array): boolean => Buffer.from(der).equals(claimed.leaf)
const secret = 'X-Made-Up-5f0c'

describe('a certificate that the doctor makes', () => {
  it('is one, valid when it says', () => {
    expect(parseCertificate(leaf)).toMatchObject({
      ok: true,
      certificate: {
        subject: 'CN=certbound doctor',
        notBefore: 1_700_000_000,
        notAfter: 1_800_000_000,
        extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
      },
    })
  })
})

describe('forgeries', () => {
  it.each(headerSourceNames)('%s would believe one of them, usual name or configured', (name) => {
    const ways: (string | null)[] = headerSources[name].header === null ? [secret] : [null, secret]
    for (const configured of ways) {
      const all =
        configured === null ? knownForgeries(claimed) : configuredForgeries(claimed, configured)
      const own = headerNames(headerSources[name], configured)?.leaf.toLowerCase()
      const believed = all
        .filter(({ lines }) => lines[0]?.[0].toLowerCase() === own)
        .filter((forgery) => isBelieved(name, configured, forgery))
      expect(believed.length).toBeGreaterThan(0)
    }
  })

  function isBelieved(
    name: (typeof headerSourceNames)[number],
    configured: string | null,
    { lines }: Forgery,
  ): boolean {
    const headers = lines.map(([header, value]): [string, string] => [header, value])
    const read = headerCertificate(name, configured)(new Request('https://x/', { headers }))
    const decoded = read.ok && read.value.kind === 'whole' ? read.value.decode() : null
    return decoded?.ok === true && isLeaf(decoded.value.leaf)
  }

  it('do not tell the configured name', () => {
    for (const { label } of configuredForgeries(claimed, secret)) {
      expect(label).toContain('the configured header')
      expect(label).not.toContain(secret)
    }
  })
})

describe('volleys', () => {
  const forgery = (name: string, size = 10): Forgery => ({
    label: name,
    lines: [[name, 'x'.repeat(size)]],
  })
  const labels = (all: readonly Forgery[]) =>
    volleys(all).map((one) => one.map(({ label }) => label))

  it.each<[what: string, given: Forgery[], expected: string[][]]>([
    ['different names go together', [forgery('A'), forgery('B')], [['A', 'B']]],
    ['one name does not', [forgery('A'), forgery('a'), forgery('B')], [['A', 'B'], ['a']]],
    ['spellings of one name do not', [forgery('A-B'), forgery('A_B')], [['A-B'], ['A_B']]],
    [
      'an underscore goes alone',
      [forgery('A'), forgery('B_C'), forgery('D')],
      [['A', 'D'], ['B_C']],
    ],
    ['what is large goes apart', [forgery('A', 6000), forgery('B', 6000)], [['A'], ['B']]],
    ['what is too large goes all the same', [forgery('A', 60_000)], [['A']]],
  ])('%s', (_, given, expected) => {
    expect(labels(given)).toEqual(expected)
  })

  it('has all that is known, few requests long', () => {
    const all = knownForgeries({ leaf, chain: [] })
    expect(volleys(all).flat()).toHaveLength(all.length)
    expect(volleys(all).length).toBeLessThan(9)
  })
})
