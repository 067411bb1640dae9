import { describe, expect, it } from 'vitest'
import { headerCertificate } from '../../src/certificate/header-certificate.ts'
import { chainForms, leafForms } from '../../src/certificate/header-forms.ts'
import {
  headerNames,
  headerSourceNames,
  headerSources,
} from '../../src/certificate/header-sources.ts'
import { seededRandom } from '../differential/random.ts'

const pieces = [
  ...['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '-----', '(null)', 'MAEB'],
  ...['MAEC', ':MAEB:', ',', ', ', ';', ':', '=', '"', '\\', '\\"', '%', '%0A', '%20', '%ff', '%2'],
  ...['+', '/', ' ', '\t', 'Cert=', 'Chain="', 'Hash=', 'URI=', '[', '{', 'x', 'é', '\u0130'],
]
const readers = Object.entries({ ...leafForms, ...chainForms })

describe('a header with random content', () => {
  it('is read or refused, and throws nothing', () => {
    const random = seededRandom(20261121)
    let accepted = 0
    for (let round = 0; round < 20_000; round++) {
      const length = random.below(12)
      const text = Array.from({ length }, () => random.pick(pieces)).join('')
      for (const [, read] of readers) {
        const found = read(text)
        if (found === null) continue
        if (found.length > 0) accepted++
        expect(found.length).toBeLessThanOrEqual(16)
        for (const der of found) expect([...der].slice(0, 2)).toEqual([0x30, 1])
      }
    }
    expect(accepted).toBeGreaterThan(100)
  })

  // The maximum length: with quadratic cost, one of these would take seconds.
  const longest = 1 << 16
  it.each([...pieces, 'A', '%41', 'a=b;', 'a=b,', 'a="b";', ':MAEB:,', 'MAEB,', ' ,'])(
    'costs time in proportion: %j, and again',
    (piece) => {
      const text = piece.repeat(Math.ceil(longest / piece.length)).slice(0, longest)
      const began = performance.now()
      for (const [, read] of readers) {
        read(text)
        read(`-----BEGIN CERTIFICATE-----${text}`)
        read(`Cert="${text}`)
      }
      expect(performance.now() - began).toBeLessThan(1000)
    },
  )

  it('is refused before decoding if it is too long', () => {
    for (const name of headerSourceNames) {
      const header = headerNames(headerSources[name], 'X-Other')?.leaf ?? ''
      const request = new Request('https://x/', { headers: { [header]: 'A'.repeat(longest + 1) } })
      expect(headerCertificate(name, header)(request)).toMatchObject({
        ok: false,
        error: { code: 'certificate_unreadable', thumbprint: null },
      })
    }
  })
})
