import { describe, expect, it } from 'vitest'
import { headerCertificate } from '../../certificate/header-certificate.ts'
import { headerNames, headerSourceNames, headerSources } from '../../certificate/header-sources.ts'
import { pemToDer } from '../../encoding/pem.ts'
import { parseCertificate } from '../../x509/index.ts'
import { doctorName, forgeCertificate } from '../forge-certificate.ts'
import { batches, type Forgery, forgeries } from './batches.ts'

const names = { subject: doctorName, issuer: doctorName, subjectAltName: null }
const { cert } = await forgeCertificate({
  ...names,
  notBefore: 1_700_000_000,
  notAfter: 1_800_000_000,
})
const pem = pemToDer(cert)
const leaf = pem.ok ? pem.value[0] : undefined
if (leaf === undefined) throw new Error('not made')
const claimed = { leaf, chain: [leaf, leaf] }
const isLeaf = (der: Uint8Array): boolean => Buffer.from(der).equals(claimed.leaf)
const secret = 'X-Made-Up-5f0c'

describe('a forged certificate', () => {
  it('is well-formed', () => {
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
  it.each(headerSourceNames)('%s reads one of them, by its default or configured name', (name) => {
    const ways: (string | null)[] = headerSources[name].header === null ? [secret] : [null, secret]
    for (const configured of ways) {
      const all = forgeries(claimed, configured)
      const own = headerNames(headerSources[name], configured)?.leaf.toLowerCase()
      const accepted = all
        .filter(({ lines }) => lines[0]?.[0].toLowerCase() === own)
        .filter((forgery) => isRead(name, configured, forgery))
      expect(accepted.length).toBeGreaterThan(0)
    }
  })

  function isRead(
    name: (typeof headerSourceNames)[number],
    configured: string | null,
    { lines }: Forgery,
  ): boolean {
    const headers = lines.map(([header, value]): [string, string] => [header, value])
    const read = headerCertificate(name, configured)(new Request('https://x/', { headers }))
    const decoded = read.ok && read.value.kind === 'whole' ? read.value.decode() : null
    return decoded?.ok === true && isLeaf(decoded.value.leaf)
  }

  it('have labels without the configured name', () => {
    for (const { label } of forgeries(claimed, secret)) {
      expect(label).toContain('the configured header')
      expect(label).not.toContain(secret)
    }
  })
})

describe('batches', () => {
  const forgery = (name: string, size = 10): Forgery => ({
    label: name,
    lines: [[name, 'x'.repeat(size)]],
  })
  const labels = (all: readonly Forgery[]) =>
    batches(all).map((one) => one.map(({ label }) => label))

  it.each<[what: string, given: Forgery[], expected: string[][]]>([
    ['different names together', [forgery('A'), forgery('B')], [['A', 'B']]],
    ['the same name apart', [forgery('A'), forgery('a'), forgery('B')], [['A', 'B'], ['a']]],
    ['spellings of one name apart', [forgery('A-B'), forgery('A_B')], [['A-B'], ['A_B']]],
    ['an underscore apart', [forgery('A'), forgery('B_C'), forgery('D')], [['A', 'D'], ['B_C']]],
    ['large headers apart', [forgery('A', 6000), forgery('B', 6000)], [['A'], ['B']]],
    ['one header that is too large', [forgery('A', 60_000)], [['A']]],
  ])('%s', (_, given, expected) => {
    expect(labels(given)).toEqual(expected)
  })

  it('pack all known forgeries into a few requests', () => {
    const all = forgeries({ leaf, chain: [] }, null)
    expect(batches(all).flat()).toHaveLength(all.length)
    expect(batches(all).length).toBeLessThan(9)
  })
})
