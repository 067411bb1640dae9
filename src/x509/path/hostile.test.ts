import { describe, expect, it, vi } from 'vitest'
import {
  certificatePolicies,
  generateKeyPair,
  type MintAlgorithm,
  type MintKeyPair,
  mintCertificate,
  nameConstraints,
  policyMappings,
  subjectAltName,
} from '../../../test/support/mint/mint.ts'
import {
  authority,
  ca,
  caKey,
  leafRequest,
  now,
  otherKey,
  rootKey,
  rootRequest,
} from '../../../test/support/worker/chain-of-three.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { type PathRequest, verifyCertificatePath } from './verify-path.ts'

const root = await mintCertificate(rootRequest)
const times = <T>(count: number, make: (index: number) => T): Promise<Awaited<T>[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))

/** Issuer candidates with the right name and wrong keys of one kind. */
async function impostors(count: number, alg: MintAlgorithm, signWith?: MintKeyPair) {
  const leaf = await mintCertificate({ ...leafRequest, ...(signWith ? { signWith } : {}) })
  const intermediates = await times(count, async () =>
    authority('CN=ca', await generateKeyPair(alg), 'CN=root', otherKey),
  )
  return { leaf, intermediates }
}

/** CAs that all certify each other, and a forged way to the anchor. */
async function mesh(size: number) {
  const keys = await times(size, () => generateKeyPair('ES256'))
  const pairs = keys.flatMap((key, i) =>
    keys.flatMap((by, j) => (i === j ? [] : [{ key, i, by, j }])),
  )
  const intermediates = await Promise.all([
    ...pairs.map(({ key, i, by, j }) => authority(`CN=${i}`, key, `CN=${j}`, by)),
    authority('CN=0', keys[0] ?? otherKey, 'CN=root', otherKey),
  ])
  const signWith = keys[1] ?? otherKey
  return {
    leaf: await mintCertificate({ ...leafRequest, issuer: 'CN=1', signWith }),
    intermediates,
  }
}

/** Two levels of issuer candidates, each signed by all of the next: as many paths as pairs. */
async function ladder(width: number) {
  const keys = await times(width, () => generateKeyPair('ES256'))
  const lower = keys.flatMap((by, serial) => authority('CN=ca', caKey, 'CN=up', by, { serial }))
  const upper = keys.map((key) => authority('CN=up', key, 'CN=root', otherKey))
  const leaf = await mintCertificate(leafRequest)
  return { leaf, intermediates: await Promise.all([...lower, ...upper]) }
}

async function constrainedNames(count: number, name: (index: number) => string) {
  const names = Array.from({ length: count }, (_, i) => ({ dns: name(i) }))
  const constraints = nameConstraints({ permitted: [{ dns: 'example' }], excluded: [{ dns: 'x' }] })
  return {
    leaf: await mintCertificate({ ...leafRequest, extensions: [subjectAltName(names)] }),
    intermediates: [
      await authority('CN=ca', caKey, 'CN=root', rootKey, { extensions: [...ca, constraints] }),
    ],
  }
}

async function mappings(twins: number) {
  const oids = Array.from({ length: 45 }, (_, i) => `1.2.3.${i}`)
  const all = oids.flatMap((a) => oids.map((b): [string, string] => [a, b]))
  const wide = [...ca, certificatePolicies(oids), policyMappings(all)]
  const upper = [...ca, certificatePolicies(['2.5.29.32.0'])]
  return {
    leaf: await mintCertificate({ ...leafRequest, extensions: [certificatePolicies(oids)] }),
    intermediates: [
      await authority('CN=ca', caKey, 'CN=twin', otherKey, { extensions: wide }),
      ...(await times(twins, (serial) =>
        authority('CN=twin', otherKey, 'CN=root', rootKey, { serial, extensions: upper }),
      )),
    ],
    policies: { requireExplicitPolicy: true, initialPolicySet: ['1.9'] },
  }
}

type Presented = Partial<PathRequest> & { leaf: Bytes; intermediates: readonly Bytes[] }

// The budget limits the CPU time: at most 25 ms of signatures (in Node),
// and about ten for each other part of the budget.
describe('an unauthenticated client can make a search', () => {
  type Row = [name: string, make: () => Promise<Presented>, ends: object, verifications: number]
  const rows: Row[] = [
    [
      'try keys on P-521',
      async () => impostors(12, 'ES512', await generateKeyPair('ES512')),
      { budget: 'signatures' },
      10,
    ],
    ['try keys on P-384', () => impostors(30, 'ES384'), { budget: 'signatures' }, 19],
    ['try keys on P-256', () => impostors(60, 'ES256'), { reason: 'signature_invalid' }, 60],
    ['try pairs of keys', () => ladder(30), { budget: 'signatures' }, 83],
    ['walk in circles', () => mesh(8), { budget: 'steps' }, 57],
    [
      'look up names',
      () => constrainedNames(2000, (i) => `a.b.c.d${i}.example`),
      { budget: 'names' },
      2,
    ],
    ['follow policies', () => mappings(40), { budget: 'policies' }, 42],
  ]
  it.each(rows)('%s', async (_, make, ends, verifications) => {
    const presented = await make()
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const outcome = await verifyCertificatePath({ trustAnchors: [root], time: now, ...presented })
    expect(outcome).toMatchObject({ ok: false, ...ends })
    expect(verify.mock.calls.length).toBeLessThanOrEqual(verifications)
    expect(verify.mock.calls.length).toBeGreaterThan(0)
    verify.mockRestore()
  })

  it('a valid path of nine certificates on P-521 is within the budget', async () => {
    const keys = await times(9, () => generateKeyPair('ES512'))
    const key = (i: number): MintKeyPair => keys[i] ?? otherKey
    const intermediates = await times(8, (i) =>
      authority(`CN=${i}`, key(i), i === 7 ? 'CN=root' : `CN=${i + 1}`, key(i + 1)),
    )
    const anchor = await mintCertificate({ ...rootRequest, publicKey: key(8), signWith: key(8) })
    const leaf = await mintCertificate({ ...leafRequest, issuer: 'CN=0', signWith: key(0) })
    const request = { leaf, intermediates, trustAnchors: [anchor], time: now }
    expect(await verifyCertificatePath(request)).toMatchObject({ ok: true })
    expect(await verifyCertificatePath({ ...request, maxIntermediates: 7 })).toMatchObject({
      reason: 'too_many_intermediates',
    })
  })
})
