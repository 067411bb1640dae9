import { beforeAll, describe, expect, it } from 'vitest'
import {
  ca,
  caKey,
  caRequest,
  leafRequest,
  now,
  otherKey,
  rootKey,
  rootRequest,
} from '../../../test/support/worker/chain-of-three.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  crlDistributionPoints,
  extKeyUsage,
  generateKeyPair,
  keyUsage,
  type MintCrlRequest,
  type MintDistributionPoint,
  type MintGeneralName,
  type MintIssuingDistributionPoint,
  type MintRequest,
  mintCertificate,
  mintCrl,
} from '../../local-edge/mint/mint.ts'
import { type PathOutcome, type PathRequest, verifyCertificatePath } from './verify-path.ts'

const serial = 0x5eed
const caSerial = 0xca
const usual = [keyUsage(['digitalSignature']), extKeyUsage(['clientAuth'])]

/** Two lists, as they should be: the CA's about the leaf, the root's about the CA. */
const leafList: MintCrlRequest = {
  ...{ issuer: 'CN=ca', signWith: caKey, thisUpdate: now - 100, nextUpdate: now + 100 },
  entries: [{ serial: 1 }, { serial: serial + 1, reasonCode: 1 }],
}
const caList: MintCrlRequest = {
  ...{ issuer: 'CN=root', signWith: rootKey, thisUpdate: now - 50, nextUpdate: now + 50 },
  entries: [{ serial }],
}

/** What differs from a plain chain of three with its two lists. */
type Change = {
  /** The distribution points of the leaf. */
  readonly points?: readonly MintDistributionPoint[]
  readonly leaf?: Partial<MintRequest>
  readonly ca?: Partial<MintRequest>
  readonly root?: Partial<MintRequest>
  /** In place of a list: null takes it away, several add to it. */
  readonly leafLists?: readonly Partial<MintCrlRequest>[]
  readonly caLists?: readonly Partial<MintCrlRequest>[]
  /** Others among the intermediates. */
  readonly others?: readonly Bytes[]
  readonly request?: Partial<PathRequest>
}

async function verify(change: Change): Promise<PathOutcome> {
  const { points, leafLists = [{}], caLists = [{}], others = [] } = change
  const extensions = points === undefined ? usual : [...usual, crlDistributionPoints(points)]
  const lists = [
    ...leafLists.map((list) => mintCrl({ ...leafList, ...list })),
    ...caLists.map((list) => mintCrl({ ...caList, ...list })),
  ]
  const intermediate = mintCertificate({ ...caRequest, serial: caSerial, ...change.ca })
  return verifyCertificatePath({
    leaf: await mintCertificate({ ...leafRequest, serial, extensions, ...change.leaf }),
    intermediates: [await intermediate, ...others],
    trustAnchors: [await mintCertificate({ ...rootRequest, ...change.root })],
    time: now,
    crls: await Promise.all(lists),
    revocation: 'require',
    ...change.request,
  })
}

/** `null` for a path, or the reason, and for an unknown status why. */
const verdict = (outcome: PathOutcome): string | null => {
  if (outcome.ok) return null
  const { reason } = outcome
  return reason === 'revocation_unknown' ? outcome.why : reason
}

const uri = (path: string): MintGeneralName => ({ uri: `http://crl.example/${path}` })
const directory = (name: string): MintGeneralName => ({ directory: name })
const revoked = { entries: [{ serial, reasonCode: 4 }] }
const scoped = (limits: MintIssuingDistributionPoint) => ({ issuingDistributionPoint: limits })
const caWith = (...usages: Parameters<typeof keyUsage>[0]) => ({
  extensions: [basicConstraints({ cA: true }), keyUsage(usages)],
})

type Row = [name: string, change: Change, verdict: string | null]

describe('a chain of three and its two lists', () => {
  it.each<Row>([
    ['as it should be', {}, null],
    ['a leaf that is revoked', { leafLists: [revoked] }, 'revoked'],
    ['a CA that is revoked', { caLists: [{ entries: [{ serial: caSerial }] }] }, 'revoked'],
    ['a leaf on the list of another issuer', { caLists: [revoked] }, null],
    ['no entries at all', { leafLists: [{ entries: [] }] }, null],
    ['a reason nobody knows', { leafLists: [{ entries: [{ serial, reasonCode: 7 }] }] }, 'revoked'],
    ['no reason', { leafLists: [{ entries: [{ serial }] }] }, 'revoked'],
    ['no list for the leaf', { leafLists: [] }, 'no_list'],
    ['no list for the CA', { caLists: [] }, 'no_list'],
    [
      'no list for the CA where the leaf alone is asked about',
      { caLists: [], request: { revocationDepth: 'leaf' } },
      null,
    ],
    [
      'a CA that is revoked where the leaf alone is asked about',
      { caLists: [{ entries: [{ serial: caSerial }] }], request: { revocationDepth: 'leaf' } },
      null,
    ],
    ['a list in DER that is none', { request: { crls: [Uint8Array.of(1)] } }, 'malformed_list'],
    // times
    ['a list at its end', { leafLists: [{ nextUpdate: now }] }, null],
    ['a list past its end', { leafLists: [{ nextUpdate: now - 1 }] }, 'stale'],
    ['a list at its beginning', { leafLists: [{ thisUpdate: now }] }, null],
    ['a list from tomorrow', { leafLists: [{ thisUpdate: now + 1 }] }, 'not_yet_valid'],
    ['a list without an end', { leafLists: [{ nextUpdate: new Uint8Array() }] }, 'no_next_update'],
    [
      'revoked by a list from tomorrow',
      { leafLists: [{ ...revoked, thisUpdate: now + 1 }] },
      'not_yet_valid',
    ],
    // what is revoked stays so
    [
      'revoked by a list past its end',
      { leafLists: [{ ...revoked, nextUpdate: now - 1 }] },
      'revoked',
    ],
    [
      'revoked by a list without an end',
      { leafLists: [{ ...revoked, nextUpdate: new Uint8Array() }] },
      'revoked',
    ],
    [
      'on hold by a list past its end',
      { leafLists: [{ entries: [{ serial, reasonCode: 6 }], nextUpdate: now - 1 }] },
      'stale',
    ],
    ['on hold', { leafLists: [{ entries: [{ serial, reasonCode: 6 }] }] }, 'revoked'],
    // several lists: the newest counts, whatever the order
    [
      'released from hold by a newer list',
      { leafLists: [{ entries: [{ serial, reasonCode: 6 }] }, { number: 2 }] },
      null,
    ],
    [
      'put on hold by a newer list',
      { leafLists: [{}, { number: 2, entries: [{ serial, reasonCode: 6 }] }] },
      'revoked',
    ],
    ['a newer list that is stale', { leafLists: [{}, { number: 2, nextUpdate: now - 1 }] }, null],
    [
      'a list without a number, by its date',
      {
        leafLists: [
          { number: null, ...revoked },
          { number: null, thisUpdate: now - 99 },
        ],
      },
      null,
    ],
    ['a malformed list beside a good one', { leafLists: [{}, { version: 3 }] }, null],
    // who signs
    [
      'a list signed by a stranger',
      { leafLists: [{ signWith: otherKey }] },
      'not_signed_by_issuer',
    ],
    [
      'a list signed by the root in the name of the CA',
      { leafLists: [{ signWith: rootKey }] },
      'not_signed_by_issuer',
    ],
    [
      'a list by a stranger beside a good one',
      { leafLists: [{ signWith: otherKey, ...revoked, number: 9 }, {}] },
      null,
    ],
    [
      'a signature that is changed',
      {
        leafLists: [
          { changeSignature: (octets) => octets.with(-1, (octets.at(-1) ?? 0) ^ 1) as Bytes },
        ],
      },
      'not_signed_by_issuer',
    ],
    ['a CA that may not sign lists', { ca: caWith('keyCertSign') }, 'signer_may_not_sign'],
    ['a root that may not sign lists', { root: caWith('keyCertSign') }, 'signer_may_not_sign'],
    ['a CA without keyUsage', { ca: { extensions: [basicConstraints({ cA: true })] } }, null],
  ])('%s', async (_, change, expected) => {
    expect(verdict(await verify(change))).toBe(expected)
  })

  it('gives the evidence', async () => {
    const entry = { serial, reasonCode: 4, revocationDate: now - 7 }
    const certificate = { depth: 0, subject: 'CN=leaf', serialNumber: '5EED' }
    expect(await verify({ leafLists: [{ entries: [entry] }] })).toEqual({
      ...{ ok: false, reason: 'revoked', certificate },
      ...{ revocationDate: now - 7, reasonCode: 4 },
    })
    expect(await verify({ leafLists: [{ nextUpdate: now - 1 }] })).toEqual({
      ...{ ok: false, reason: 'revocation_unknown', certificate, why: 'stale' },
      nextUpdate: now - 1,
    })
    const outcome = await verify({ caLists: [{ entries: [{ serial: caSerial }] }] })
    expect(outcome).toMatchObject({ certificate: { depth: 1 }, reasonCode: null })
  })

  it('is good no longer than its lists', async () => {
    const outcome = await verify({})
    expect(outcome.ok && outcome.path.notAfter).toBe(now + 50)
    const longer = await verify({ caLists: [{ nextUpdate: now + 5000 }] })
    expect(longer.ok && longer.path.notAfter).toBe(now + 100)
    const off = await verify({ request: { revocation: 'off' } })
    expect(off.ok && off.path.notAfter).toBe(now + 1000)
  })
})

describe('what is asked', () => {
  const stranger = { leafLists: [{ signWith: otherKey }] }
  const stale = { leafLists: [{ nextUpdate: now - 1 }] }
  it.each<
    [
      name: string,
      change: Change,
      off: string | null,
      ifAvailable: string | null,
      require: string | null,
    ]
  >([
    ['good lists', {}, null, null, null],
    ['a revoked leaf', { leafLists: [revoked] }, null, 'revoked', 'revoked'],
    [
      'a revoked CA, no list for the leaf',
      { leafLists: [], caLists: [{ entries: [{ serial: caSerial }] }] },
      null,
      'revoked',
      'no_list',
    ],
    ['no lists', { leafLists: [], caLists: [] }, null, null, 'no_list'],
    ['a stale list', stale, null, null, 'stale'],
    ['a malformed list', { leafLists: [{ version: 3 }] }, null, null, 'malformed_list'],
    ['a list by a stranger', stranger, null, 'not_signed_by_issuer', 'not_signed_by_issuer'],
  ])('%s', async (_, change, off, ifAvailable, require) => {
    const ask = async (revocation: NonNullable<PathRequest['revocation']>) =>
      verdict(await verify({ ...change, request: { revocation } }))
    expect([await ask('off'), await ask('if-available'), await ask('require')]).toEqual([
      off,
      ifAvailable,
      require,
    ])
  })

  it('is what a critical distribution point wants (X.509 clause 8.6.2.1)', async () => {
    const points = crlDistributionPoints([{ names: [uri('a')] }], '2.5.29.31', true)
    const ask = async (request: Partial<PathRequest>) =>
      verdict(await verify({ leaf: { extensions: [...usual, points] }, request }))
    expect(await ask({})).toBe(null)
    expect(await ask({ revocation: 'off' })).toBe('unhandled_critical_extension')
    expect(await ask({ revocation: 'if-available' })).toBe('unhandled_critical_extension')
  })

  it('is off unless asked for', async () => {
    const { revocation: _, ...request } = { revocation: 'off' as const }
    const lists = await Promise.all([mintCrl({ ...leafList, ...revoked })])
    const outcome = await verifyCertificatePath({
      leaf: await mintCertificate({ ...leafRequest, serial }),
      intermediates: [await mintCertificate(caRequest)],
      trustAnchors: [await mintCertificate(rootRequest)],
      ...{ time: now, crls: lists, ...request },
    })
    expect(outcome.ok).toBe(true)
  })
})

describe('scopes (RFC 5280 section 6.3.3 (b))', () => {
  const a = [{ names: [uri('a')] }]
  it.each<Row>([
    [
      'one name in common',
      {
        points: [{ names: [uri('b'), uri('a')] }],
        leafLists: [scoped({ names: [uri('a'), uri('c')] })],
      },
      null,
    ],
    [
      'no name in common',
      { points: a, leafLists: [scoped({ names: [uri('c')] })] },
      'out_of_scope',
    ],
    [
      'a name that differs by case',
      { points: a, leafLists: [scoped({ names: [uri('A')] })] },
      'out_of_scope',
    ],
    [
      'a name of another type',
      { points: a, leafLists: [scoped({ names: [{ dns: 'http://crl.example/a' }] })] },
      'out_of_scope',
    ],
    [
      'a list for a name, a certificate without points',
      { leafLists: [scoped({ names: [uri('a')] })] },
      'out_of_scope',
    ],
    ['a list for all names', { points: a, leafLists: [{}] }, null],
    [
      'a list for the issuer by name',
      { leafLists: [scoped({ names: [directory('CN=CA')] })] },
      null,
    ],
    [
      'a second point',
      { points: [{ names: [uri('b')] }, ...a], leafLists: [scoped({ names: [uri('a')] })] },
      null,
    ],
    [
      'a relative name',
      {
        points: [{ relativeName: 'OU=a' }],
        leafLists: [scoped({ names: [directory('OU=a,CN=ca')] })],
      },
      null,
    ],
    [
      'another relative name',
      {
        points: [{ relativeName: 'OU=b' }],
        leafLists: [scoped({ names: [directory('OU=a,CN=ca')] })],
      },
      'out_of_scope',
    ],
    ['for users', { leafLists: [scoped({ onlyContainsUserCerts: true })] }, null],
    ['for CAs', { leafLists: [scoped({ onlyContainsCACerts: true })] }, 'out_of_scope'],
    [
      'for attribute certificates',
      { leafLists: [scoped({ onlyContainsAttributeCerts: true })] },
      'out_of_scope',
    ],
    ['for CAs, about the CA', { caLists: [scoped({ onlyContainsCACerts: true })] }, null],
    [
      'for users, about the CA',
      { caLists: [scoped({ onlyContainsUserCerts: true })] },
      'out_of_scope',
    ],
    [
      'revoked, and out of scope',
      { leafLists: [{ ...revoked, ...scoped({ onlyContainsCACerts: true }) }, {}] },
      null,
    ],
    [
      'revoked, and in scope',
      { leafLists: [{ ...revoked, ...scoped({ onlyContainsUserCerts: true }) }, {}] },
      'revoked',
    ],
  ])('%s', async (_, change, expected) => {
    expect(verdict(await verify(change))).toBe(expected)
  })
})

describe('reasons (RFC 5280 section 6.3.3 (d))', () => {
  const some = [1, 2]
  const rest = [3, 4, 5, 6, 7, 8]
  it.each<Row>([
    ['some', { leafLists: [scoped({ onlySomeReasons: some })] }, 'some_reasons'],
    [
      'all, by two lists',
      { leafLists: [scoped({ onlySomeReasons: some }), scoped({ onlySomeReasons: rest })] },
      null,
    ],
    [
      'two lists, one of them stale',
      {
        leafLists: [
          scoped({ onlySomeReasons: some }),
          { ...scoped({ onlySomeReasons: rest }), nextUpdate: now - 1 },
        ],
      },
      'some_reasons',
    ],
    [
      'revoked by the second',
      {
        leafLists: [
          scoped({ onlySomeReasons: some }),
          { ...revoked, ...scoped({ onlySomeReasons: rest }) },
        ],
      },
      'revoked',
    ],
    [
      'some by the list, and a point for others',
      {
        points: [{ names: [uri('a')], reasons: rest }],
        leafLists: [scoped({ names: [uri('a')], onlySomeReasons: some })],
      },
      'out_of_scope',
    ],
    [
      'two points that share the reasons',
      {
        points: [
          { names: [uri('a')], reasons: some },
          { names: [uri('b')], reasons: rest },
        ],
        leafLists: [scoped({ names: [uri('a')] }), scoped({ names: [uri('b')] })],
      },
      null,
    ],
    [
      'one of two such points',
      {
        points: [
          { names: [uri('a')], reasons: some },
          { names: [uri('b')], reasons: rest },
        ],
        leafLists: [scoped({ names: [uri('a')] })],
      },
      'some_reasons',
    ],
  ])('%s', async (_, change, expected) => {
    expect(verdict(await verify(change))).toBe(expected)
  })
})

describe('delta CRLs (RFC 5280 section 5.2.4)', () => {
  const full = (change: Partial<MintCrlRequest> = {}) => ({ number: 5, ...change })
  const delta = (change: Partial<MintCrlRequest> = {}) => ({
    base: 5,
    number: 6,
    entries: [],
    ...change,
  })
  const removed = { entries: [{ serial, reasonCode: 8 }] }
  const onHold = { entries: [{ serial, reasonCode: 6 }] }
  it.each<Row>([
    ['a delta without news', { leafLists: [full(), delta()] }, null],
    ['a delta alone', { leafLists: [delta()] }, 'no_list'],
    ['revoked by the delta', { leafLists: [full(), delta(revoked)] }, 'revoked'],
    ['removed by the delta', { leafLists: [full(onHold), delta(removed)] }, null],
    ['on hold, and a delta without news', { leafLists: [full(onHold), delta()] }, 'revoked'],
    [
      'a delta on an earlier base',
      { leafLists: [full(), delta({ base: 4, ...revoked })] },
      'revoked',
    ],
    [
      'a delta on a later base',
      { leafLists: [full(onHold), delta({ base: 6, number: 7, ...removed })] },
      'revoked',
    ],
    [
      'a delta that is not newer',
      { leafLists: [full(onHold), delta({ number: 5, base: 4, ...removed })] },
      'revoked',
    ],
    [
      'a delta that is stale',
      { leafLists: [full(onHold), delta({ nextUpdate: now - 1, ...removed })] },
      'revoked',
    ],
    [
      'a delta from tomorrow',
      { leafLists: [full(onHold), delta({ thisUpdate: now + 1, ...removed })] },
      'revoked',
    ],
    [
      'a delta by a stranger',
      { leafLists: [full(onHold), delta({ signWith: otherKey, ...removed })] },
      'revoked',
    ],
    [
      'a delta with another scope',
      {
        leafLists: [
          full(onHold),
          delta({ ...removed, ...scoped({ onlyContainsUserCerts: true }) }),
        ],
      },
      'revoked',
    ],
    [
      'a delta with another key identifier',
      {
        leafLists: [
          full(onHold),
          delta({ ...removed, extensions: [authorityKeyIdentifier(Uint8Array.of(1))] }),
        ],
      },
      'revoked',
    ],
    [
      'the newer of two deltas',
      {
        leafLists: [full(), delta(onHold), delta({ number: 7, thisUpdate: now - 90, ...removed })],
      },
      null,
    ],
    [
      'a stale list, brought up to date',
      { leafLists: [full({ nextUpdate: now - 1 }), delta()] },
      null,
    ],
    [
      'a stale list and a delta on a later base',
      { leafLists: [full({ nextUpdate: now - 1 }), delta({ base: 6, number: 7 })] },
      'stale',
    ],
    [
      'a list without a number',
      { leafLists: [full({ number: null, ...onHold }), delta(removed)] },
      'revoked',
    ],
  ])('%s', async (_, change, expected) => {
    expect(verdict(await verify(change))).toBe(expected)
  })

  it('is good as long as the delta', async () => {
    const outcome = await verify({ leafLists: [full(), delta({ nextUpdate: now + 9 })] })
    expect(outcome.ok && outcome.path.notAfter).toBe(now + 9)
  })
})

describe('other issuers', () => {
  let crlKey: Awaited<ReturnType<typeof generateKeyPair>>
  let issuerOfLists: Bytes
  const mint = (change: Partial<MintRequest>) =>
    mintCertificate({
      ...caRequest,
      ...{
        subject: 'CN=lists',
        serial: 0x11,
        publicKey: crlKey,
        extensions: [keyUsage(['cRLSign'])],
      },
      ...change,
    })
  beforeAll(async () => {
    crlKey = await generateKeyPair('ES256')
    issuerOfLists = await mint({})
  })
  const points = [{ names: [uri('a')], crlIssuer: [directory('CN=lists')] }]
  const limits = { names: [uri('a')], indirectCRL: true }
  const byLists = (change: Partial<MintCrlRequest> = {}): Partial<MintCrlRequest> => ({
    ...{ issuer: 'CN=lists', signWith: crlKey, issuingDistributionPoint: limits, entries: [] },
    ...change,
  })
  const of = (issuer: string) => ({ certificateIssuer: [directory(issuer)] })

  it.each<[name: string, change: () => Change | Promise<Change>, verdict: string | null]>([
    ['an indirect list', () => ({ points, leafLists: [byLists()] }), null],
    [
      'an indirect list by a delegate of its own name alone',
      () => ({ points, leafLists: [byLists({ signWith: otherKey })] }),
      'not_signed_by_issuer',
    ],
    ['a delegate the certificate does not name', () => ({ leafLists: [byLists()] }), 'no_list'],
    [
      'a list that is not indirect',
      () => ({ points, leafLists: [byLists(scoped({ names: [uri('a')] }))] }),
      'no_list',
    ],
    [
      'an entry of the CA',
      () => ({ points, leafLists: [byLists({ entries: [{ serial, ...of('CN=ca') }] })] }),
      'revoked',
    ],
    [
      'an entry of the CA, spelled otherwise',
      () => ({ points, leafLists: [byLists({ entries: [{ serial, ...of('CN=CA') }] })] }),
      'revoked',
    ],
    [
      'an entry of another CA',
      () => ({ points, leafLists: [byLists({ entries: [{ serial, ...of('CN=cb') }] })] }),
      null,
    ],
    [
      'an entry of the delegate itself',
      () => ({ points, leafLists: [byLists({ entries: [{ serial }] })] }),
      null,
    ],
    [
      'an entry behind one of the CA',
      () => ({
        points,
        leafLists: [byLists({ entries: [{ serial: 7, ...of('CN=ca') }, { serial }] })],
      }),
      'revoked',
    ],
    [
      'an entry of the CA with a namesake before',
      () => ({
        points,
        leafLists: [
          byLists({
            entries: [
              { serial, ...of('CN=cb') },
              { serial, ...of('CN=ca') },
            ],
          }),
        ],
      }),
      'revoked',
    ],
    [
      'an entry behind one of another CA',
      () => ({
        points,
        leafLists: [
          byLists({
            entries: [{ serial: 7, ...of('CN=ca') }, { serial: 8, ...of('CN=cb') }, { serial }],
          }),
        ],
      }),
      null,
    ],
    [
      'an issuer that cannot be read',
      () => ({
        points,
        leafLists: [
          byLists({
            entries: [{ serial, certificateIssuer: [{ raw: Uint8Array.of(0x82, 1, 0xff) }] }],
          }),
        ],
      }),
      'unreadable',
    ],
    [
      'an indirect list of the CA itself',
      () => ({ leafLists: [{ ...scoped({ indirectCRL: true }), entries: [{ serial }] }] }),
      'revoked',
    ],
    [
      'a delegate who may not sign lists',
      async () => ({
        points,
        leafLists: [byLists()],
        others: [await mint({ extensions: [keyUsage(['digitalSignature'])] })],
      }),
      'signer_may_not_sign',
    ],
    [
      'a delegate past its end',
      async () => ({ points, leafLists: [byLists()], others: [await mint({ notAfter: now - 1 })] }),
      'signer_not_trusted',
    ],
    [
      'a delegate below another anchor',
      async () => ({
        points,
        leafLists: [byLists()],
        others: [await mint({ signWith: otherKey })],
      }),
      'signer_not_trusted',
    ],
    [
      'a delegate that is revoked',
      () => ({ points, leafLists: [byLists()], caLists: [{ entries: [{ serial: 0x11 }] }] }),
      'signer_revoked',
    ],
  ])('%s', async (_, change, expected) => {
    const { others = [issuerOfLists], ...rest } = await change()
    expect(verdict(await verify({ ...rest, others }))).toBe(expected)
  })

  it("takes a list signed with the CA's new key, under the old one's voucher", async () => {
    const newKey = await mintCertificate({
      ...{ ...caRequest, subject: 'CN=ca', issuer: 'CN=ca', serial: 0x12, publicKey: crlKey },
      ...{ signWith: caKey, extensions: ca },
    })
    const change = { leafLists: [{ signWith: crlKey }], others: [newKey] }
    expect(verdict(await verify(change))).toBe(null)
    const lists = [{ signWith: crlKey, ...revoked }]
    expect(verdict(await verify({ ...change, leafLists: lists }))).toBe('revoked')
    expect(verdict(await verify({ ...change, others: [] }))).toBe('not_signed_by_issuer')
  })
})

describe('a search', () => {
  it('does not believe on one path who was revoked on another', async () => {
    // leaf <- CN=ca (one key, two certificates) <- CN=top (two keys) <- root
    const [top, renewed] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')])
    const between = (serial: number, by: typeof top, change: Partial<MintRequest>) =>
      mintCertificate({ ...caRequest, serial, signWith: by, ...change })
    const others = await Promise.all([
      between(0xc2, renewed, { issuer: 'CN=top', notAfter: now + 900 }),
      between(0xe1, rootKey, { subject: 'CN=top', publicKey: top }),
      between(0xe2, rootKey, { subject: 'CN=top', publicKey: renewed }),
    ])
    const ofTop = (signWith: typeof top) => ({ issuer: 'CN=top', signWith, entries: [] })
    const revokedTop = { entries: [{ serial: 0xe1 }] }
    const change = { others, ca: { serial: 0xc1, issuer: 'CN=top', signWith: top } }
    const judge = (...caLists: Partial<MintCrlRequest>[]) => verify({ ...change, caLists })
    expect((await judge({ entries: [] }, ofTop(top))).ok).toBe(true)
    expect(verdict(await judge(revokedTop, ofTop(top)))).toBe('revoked')
    expect((await judge(revokedTop, ofTop(top), ofTop(renewed))).ok).toBe(true)
  })

  it("takes another anchor's list for what it is: no list, and no forgery", async () => {
    const namesake = { ...rootRequest, publicKey: otherKey, signWith: otherKey }
    const trustAnchors = [await mintCertificate(rootRequest), await mintCertificate(namesake)]
    const change = { caLists: [{ signWith: otherKey }] }
    expect(verdict(await verify(change))).toBe('not_signed_by_issuer')
    expect(verdict(await verify({ ...change, request: { trustAnchors } }))).toBe('no_list')
    const revocation = 'if-available'
    expect(verdict(await verify({ ...change, request: { revocation } }))).toBe(
      'not_signed_by_issuer',
    )
    expect(verdict(await verify({ ...change, request: { trustAnchors, revocation } }))).toBe(null)
  })

  it('goes on where one path is revoked', async () => {
    const second = await mintCertificate({
      ...{ ...caRequest, serial: 0xcb, issuer: 'CN=other', signWith: otherKey },
      notAfter: now + 900, // tried last
    })
    const other = await mintCertificate({
      ...{ ...rootRequest, subject: 'CN=other', issuer: 'CN=other' },
      ...{ publicKey: otherKey, signWith: otherKey },
    })
    const root = await mintCertificate(rootRequest)
    const lists = [
      { entries: [{ serial: caSerial }] },
      { issuer: 'CN=other', signWith: otherKey, entries: [] },
    ]
    const change = { others: [second], caLists: lists }
    const trustAnchors = [root, other]
    const outcome = await verify({ ...change, request: { trustAnchors } })
    expect(outcome.ok && outcome.path.certificates[1]?.serialNumber).toBe('00CB')
    const alone = await verify({ ...change, request: { trustAnchors: [root] } })
    expect(alone).toMatchObject({ reason: 'revoked', certificate: { depth: 1 } })
  })

  it.each([
    ['enough', 1 << 18, null],
    ['too little to read them', 100, 'budget_spent'],
    ['too little to look into them', 80_000, 'budget_spent'],
  ])('spends on lists: %s', async (_, maxCrlOctets, expected) => {
    const entries = Array.from({ length: 1000 }, (_, i) => ({ serial: i }))
    const outcome = await verify({ leafLists: [{ entries }], request: { maxCrlOctets } })
    expect(verdict(outcome)).toBe(expected)
    if (!outcome.ok) expect(outcome).toMatchObject({ budget: 'crls' })
  })

  it('does not take more lists than it would read', async () => {
    const list = await mintCrl(leafList)
    const crls = Array.from({ length: 129 }, () => list)
    expect(await verify({ request: { crls } })).toMatchObject({
      reason: 'budget_spent',
      budget: 'crls',
    })
  })
})
