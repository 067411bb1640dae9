import { expect, it } from 'vitest'
import {
  crlDistributionPoints,
  type MintDistributionPoint,
  type MintGeneralName,
} from '../../../test/support/mint/mint.ts'
import { sequence } from '../../encoding/der-writer.ts'
import { readElement } from '../schema.ts'
import { distributionPointUris, readDistributionPoints } from './distribution-points.ts'
import { readExtensions, readValue } from './extension.ts'

const uri = (text: string): MintGeneralName => ({ uri: text })
const directory: MintGeneralName = { directory: 'CN=lists' }

function read(points: readonly MintDistributionPoint[]) {
  const list = readElement(sequence(crlDistributionPoints(points))) ?? undefined
  const [extension] = readExtensions(list) ?? []
  return extension === undefined ? null : readValue(extension.value, readDistributionPoints)
}

it.each<[name: string, points: readonly MintDistributionPoint[], count: number | null]>([
  ['a name', [{ names: [uri('a')] }], 1],
  ['two points', [{ names: [uri('a')] }, { names: [uri('b')] }], 2],
  ['only a cRLIssuer', [{ crlIssuer: [directory] }], 1],
  ['reasons with a name', [{ names: [uri('a')], reasons: [1, 8] }], 1],
  ['a relative name', [{ relativeName: 'OU=a' }], 1],
  // RFC 5280 section 4.2.1.13
  ['only reasons', [{ reasons: [1] }], null],
  ['an empty point', [{}], null],
  ['no points', [], null],
  ['no names', [{ names: [] }], null],
  ['no issuers', [{ crlIssuer: [] }], null],
])('reads %s', (_, points, count) => {
  expect(read(points)?.length ?? null).toBe(count)
})

it('keeps reasons by the numbers of their bits', () => {
  expect(read([{ names: [uri('a')], reasons: [1, 8] }])?.[0]?.reasons).toBe((1 << 1) | (1 << 8))
  expect(read([{ names: [uri('a')] }])?.[0]?.reasons).toBe(null)
})

it('gives the URIs of the issuer itself, each once', () => {
  const points = read([
    { names: [uri('http://a/1'), { dns: 'a' }, uri('http://a/2')] },
    { names: [uri('http://a/1')] },
    { names: [uri('http://b/')], crlIssuer: [directory] },
    { relativeName: 'OU=a' },
  ])
  expect(distributionPointUris(points ?? [])).toEqual(['http://a/1', 'http://a/2'])
})
