import { describe, expect, it } from 'vitest'
import {
  basicConstraints,
  keyUsage,
  type MintCrlRequest,
  type MintRequest,
  mintCertificate,
  mintCrl,
} from '../../../test/support/mint/mint.ts'
import {
  caKey,
  caRequest,
  leafRequest,
  now,
  otherKey,
  rootKey,
  rootRequest,
} from '../../../test/support/worker/chain-of-three.ts'
import type { Certificate } from '../certificate.ts'
import { parseCertificate } from '../parse-certificate.ts'
import { type PathRequest, verifyCertificatePath } from '../path/verify-path.ts'
import { buildCrlIndex } from './crl-index.ts'
import { type CrlIndexSource, keyId } from './indexed-list.ts'
import { verifyCertificateList } from './verify-certificate-list.ts'

const base: MintCrlRequest = {
  issuer: 'CN=ca',
  signWith: caKey,
  thisUpdate: now - 100,
  nextUpdate: now + 100,
  entries: [{ serial: 7, reasonCode: 4 }],
}
async function read(request: MintRequest) {
  const parsed = parseCertificate(await mintCertificate(request))
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.certificate
}
const signers: readonly Certificate[] = await Promise.all([
  read(rootRequest),
  read({ ...caRequest, publicKey: otherKey }),
  read(caRequest),
])
const verify = async (change: Partial<MintCrlRequest>, among = signers, time = now) =>
  verifyCertificateList({ crl: await mintCrl({ ...base, ...change }), signers: among, time })

describe('verifyCertificateList', () => {
  it('finds the signer by its key', async () => {
    const outcome = await verify({})
    expect(outcome.ok && outcome.value.signer).toBe(signers[2])
    expect(outcome.ok && outcome.value.issuerKey).toBe(await keyId(caKey.spki))
    expect(outcome.ok && outcome.value.crl.entryCount).toBe(1)
  })

  const mute = { extensions: [basicConstraints({ cA: true }), keyUsage(['keyCertSign'])] }
  it.each([
    ['a list by another key', { signWith: rootKey }, 'not_signed_by_issuer'],
    ['a list of another name', { issuer: 'CN=root' }, 'not_signed_by_issuer'],
    ['a malformed list', { version: 3 as const }, 'malformed_list'],
    ['a list from tomorrow', { thisUpdate: now + 1 }, 'not_yet_valid'],
    ['a stale list', { nextUpdate: now - 1 }, 'stale'],
    ['a list without nextUpdate', { nextUpdate: new Uint8Array() }, 'no_next_update'],
  ])('refuses %s', async (_, change, why) => {
    const outcome = await verify(change)
    expect(outcome.ok ? null : outcome.error.why).toBe(why)
  })

  it('refuses a signer without cRLSign, and NaN as the time', async () => {
    const outcome = await verify({}, [await read({ ...caRequest, ...mute })])
    expect(outcome.ok ? null : outcome.error.why).toBe('signer_may_not_sign')
    const timeless = await verify({}, signers, Number.NaN)
    expect(timeless.ok ? null : timeless.error.why).toBe('not_yet_valid')
  })
})

describe('a path and an indexed list', () => {
  async function source(change: Partial<MintCrlRequest> = {}): Promise<CrlIndexSource> {
    const verified = await verify(change, signers)
    if (!verified.ok) throw new Error(verified.error.why)
    const { crl, issuerKey } = verified.value
    const index = await buildCrlIndex(crl, { anchorSet: 'a', issuerKey })
    if (!index.ok) throw new Error(index.error)
    const shards = [...index.value.shards()]
    return { header: index.value.header, shard: async (number) => shards[number] ?? null }
  }
  async function statusOf(
    serial: number,
    crlIndexes: CrlIndexSource[],
    change: Partial<PathRequest> = {},
  ) {
    const outcome = await verifyCertificatePath({
      leaf: await mintCertificate({ ...leafRequest, serial }),
      intermediates: [await mintCertificate(caRequest)],
      trustAnchors: [await mintCertificate(rootRequest)],
      time: now,
      revocation: 'require',
      revocationDepth: 'leaf',
      crlIndexes,
      ...change,
    })
    if (outcome.ok) return outcome.path.notAfter
    return outcome.reason === 'revocation_unknown' ? outcome.why : outcome
  }

  it('has the status that the list has', async () => {
    expect(await statusOf(8, [await source()])).toBe(now + 100)
    expect(await statusOf(7, [await source()])).toMatchObject({
      reason: 'revoked',
      revocationDate: now - 100,
      reasonCode: 4,
    })
  })

  it('reads no shard for a serial number below the first fence, and one otherwise', async () => {
    const numbers: number[] = []
    const { header, shard } = await source()
    const counted = { header, shard: (number: number) => numbers.push(number) && shard(number) }
    await statusOf(6, [counted as CrlIndexSource])
    expect(numbers).toEqual([])
    await statusOf(8, [counted as CrlIndexSource])
    expect(numbers).toEqual([0])
  })

  it('is used only in its scope and its validity', async () => {
    const forCas = await source({ issuingDistributionPoint: { onlyContainsCACerts: true } })
    expect(await statusOf(8, [forCas])).toBe('out_of_scope')
    const forUsers = await source({ issuingDistributionPoint: { onlyContainsUserCerts: true } })
    expect(await statusOf(8, [forUsers])).toBe(now + 100)
    expect(await statusOf(8, [await source()], { time: now + 101 })).toBe('stale')
  })

  it('is used only for the key that signed it; for another key there is no list', async () => {
    const { header, shard } = await source()
    const ofAnother = { header: { ...header, issuerKey: await keyId(otherKey.spki) }, shard }
    expect(await statusOf(7, [ofAnother])).toBe('no_list')
    expect(await statusOf(7, [ofAnother], { revocation: 'if-available' })).toBe(now + 1000)
  })

  it.each<[string, CrlIndexSource['shard']]>([
    ['is missing', async () => null],
    ['cannot be read', () => Promise.reject(new Error('down'))],
    ['has other content', async () => new Uint8Array(64)],
  ])('is unknown if the shard %s', async (_, shard) => {
    const { header } = await source()
    expect(await statusOf(8, [{ header, shard }])).toBe('unreadable')
    expect(await statusOf(8, [{ header, shard }], { revocation: 'if-available' })).toBe(now + 1000)
  })
})
