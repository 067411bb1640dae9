import { beforeAll, describe, expect, it } from 'vitest'
import {
  generateKeyPair,
  keyUsage,
  type MintCrlRequest,
  type MintRequest,
  mintCertificate,
  mintCrl,
} from '../../../test/support/mint/mint.ts'
import {
  ca,
  caKey,
  caRequest,
  now,
  otherKey,
  rootKey,
  rootRequest,
} from '../../../test/support/worker/chain-of-three.ts'
import {
  type Change,
  caSerial,
  directory,
  leafList,
  revoked,
  scoped,
  serial,
  uri,
  verdict,
  verify,
} from '../../../test/support/worker/revoked-chain.ts'
import type { Bytes } from '../../encoding/bytes.ts'

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
    issuer: 'CN=lists',
    signWith: crlKey,
    issuingDistributionPoint: limits,
    entries: [],
    ...change,
  })
  const of = (issuer: string) => ({ certificateIssuer: [directory(issuer)] })

  it.each<[name: string, change: () => Change | Promise<Change>, verdict: string | null]>([
    ['an indirect list', () => ({ points, leafLists: [byLists()] }), null],
    [
      'an indirect list by a delegate, only under its own name',
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
      'an entry of the CA after one of another CA with the same name',
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
      'a delegate without cRLSign',
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

  it("accepts a list signed with the CA's new key, which the old key certifies", async () => {
    const newKey = await mintCertificate({
      ...caRequest,
      subject: 'CN=ca',
      issuer: 'CN=ca',
      serial: 0x12,
      publicKey: crlKey,
      signWith: caKey,
      extensions: ca,
    })
    const change = { leafLists: [{ signWith: crlKey }], others: [newKey] }
    expect(verdict(await verify(change))).toBe(null)
    const lists = [{ signWith: crlKey, ...revoked }]
    expect(verdict(await verify({ ...change, leafLists: lists }))).toBe('revoked')
    expect(verdict(await verify({ ...change, others: [] }))).toBe('not_signed_by_issuer')
  })
})

describe('a search', () => {
  it('does not trust a signer on one path that is revoked on another', async () => {
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

  it('treats a list of another anchor with the same name as no list, not as forged', async () => {
    const sameName = { ...rootRequest, publicKey: otherKey, signWith: otherKey }
    const trustAnchors = [await mintCertificate(rootRequest), await mintCertificate(sameName)]
    const change = { caLists: [{ signWith: otherKey }] }
    expect(verdict(await verify(change))).toBe('not_signed_by_issuer')
    expect(verdict(await verify({ ...change, request: { trustAnchors } }))).toBe('no_list')
    const revocation = 'if-available'
    expect(verdict(await verify({ ...change, request: { revocation } }))).toBe(
      'not_signed_by_issuer',
    )
    expect(verdict(await verify({ ...change, request: { trustAnchors, revocation } }))).toBe(null)
  })

  it('tries the next path if one is revoked', async () => {
    const second = await mintCertificate({
      ...caRequest,
      serial: 0xcb,
      issuer: 'CN=other',
      signWith: otherKey,
      notAfter: now + 900, // tried last
    })
    const other = await mintCertificate({
      ...rootRequest,
      subject: 'CN=other',
      issuer: 'CN=other',
      publicKey: otherKey,
      signWith: otherKey,
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
    const onlyRoot = await verify({ ...change, request: { trustAnchors: [root] } })
    expect(onlyRoot).toMatchObject({ reason: 'revoked', certificate: { depth: 1 } })
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

  it('refuses more lists than its limit', async () => {
    const list = await mintCrl(leafList)
    const crls = Array.from({ length: 129 }, () => list)
    expect(await verify({ request: { crls } })).toMatchObject({
      reason: 'budget_spent',
      budget: 'crls',
    })
  })
})
