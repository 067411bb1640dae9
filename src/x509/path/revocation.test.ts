import { describe, expect, it } from 'vitest'
import {
  basicConstraints,
  crlDistributionPoints,
  mintCertificate,
  mintCrl,
} from '../../../test/support/mint/mint.ts'
import {
  caRequest,
  leafRequest,
  now,
  otherKey,
  rootKey,
  rootRequest,
} from '../../../test/support/worker/chain-of-three.ts'
import {
  type Change,
  caSerial,
  caWith,
  leafList,
  type Row,
  revoked,
  serial,
  uri,
  usual,
  verdict,
  verify,
} from '../../../test/support/worker/revoked-chain.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { type PathRequest, verifyCertificatePath } from './verify-path.ts'

describe('a chain of three and its two lists', () => {
  it.each<Row>([
    ['a valid chain', {}, null],
    ['a leaf that is revoked', { leafLists: [revoked] }, 'revoked'],
    ['a CA that is revoked', { caLists: [{ entries: [{ serial: caSerial }] }] }, 'revoked'],
    ['a leaf on the list of another issuer', { caLists: [revoked] }, null],
    ['no entries at all', { leafLists: [{ entries: [] }] }, null],
    ['an unknown reason', { leafLists: [{ entries: [{ serial, reasonCode: 7 }] }] }, 'revoked'],
    ['no reason', { leafLists: [{ entries: [{ serial }] }] }, 'revoked'],
    ['no list for the leaf', { leafLists: [] }, 'no_list'],
    ['no list for the CA', { caLists: [] }, 'no_list'],
    [
      'no list for the CA if only the leaf is checked',
      { caLists: [], request: { revocationDepth: 'leaf' } },
      null,
    ],
    [
      'a revoked CA if only the leaf is checked',
      { caLists: [{ entries: [{ serial: caSerial }] }], request: { revocationDepth: 'leaf' } },
      null,
    ],
    ['DER that is not a list', { request: { crls: [Uint8Array.of(1)] } }, 'malformed_list'],
    // times
    ['a list at its nextUpdate', { leafLists: [{ nextUpdate: now }] }, null],
    ['a list after its nextUpdate', { leafLists: [{ nextUpdate: now - 1 }] }, 'stale'],
    ['a list at its thisUpdate', { leafLists: [{ thisUpdate: now }] }, null],
    ['a list from tomorrow', { leafLists: [{ thisUpdate: now + 1 }] }, 'not_yet_valid'],
    [
      'a list without nextUpdate',
      { leafLists: [{ nextUpdate: new Uint8Array() }] },
      'no_next_update',
    ],
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
    // several lists: the newest counts in any order
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
    [
      'released by a newer list that comes first',
      { leafLists: [{ number: 2 }, { entries: [{ serial, reasonCode: 6 }] }] },
      null,
    ],
    [
      'put on hold by a newer list that comes first',
      { leafLists: [{ number: 2, entries: [{ serial, reasonCode: 6 }] }, {}] },
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
    // signers
    [
      'a list signed with an unknown key',
      { leafLists: [{ signWith: otherKey }] },
      'not_signed_by_issuer',
    ],
    [
      'a list signed by the root in the name of the CA',
      { leafLists: [{ signWith: rootKey }] },
      'not_signed_by_issuer',
    ],
    [
      'a list signed with an unknown key beside a good one',
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
    ['a CA without cRLSign', { ca: caWith('keyCertSign') }, 'signer_may_not_sign'],
    ['a root without cRLSign', { root: caWith('keyCertSign') }, 'signer_may_not_sign'],
    ['a CA without keyUsage', { ca: { extensions: [basicConstraints({ cA: true })] } }, null],
  ])('%s', async (_, change, expected) => {
    expect(verdict(await verify(change))).toBe(expected)
  })

  it('gives the evidence', async () => {
    const entry = { serial, reasonCode: 4, revocationDate: now - 7 }
    const certificate = { depth: 0, subject: 'CN=leaf', serialNumber: '5EED' }
    expect(await verify({ leafLists: [{ entries: [entry] }] })).toEqual({
      ok: false,
      reason: 'revoked',
      certificate,
      revocationDate: now - 7,
      reasonCode: 4,
    })
    expect(await verify({ leafLists: [{ nextUpdate: now - 1 }] })).toEqual({
      ok: false,
      reason: 'revocation_unknown',
      certificate,
      why: 'stale',
      nextUpdate: now - 1,
    })
    const outcome = await verify({ caLists: [{ entries: [{ serial: caSerial }] }] })
    expect(outcome).toMatchObject({ certificate: { depth: 1 }, reasonCode: null })
  })

  it('is valid only until its lists end', async () => {
    const outcome = await verify({})
    expect(outcome.ok && outcome.path.notAfter).toBe(now + 50)
    const longer = await verify({ caLists: [{ nextUpdate: now + 5000 }] })
    expect(longer.ok && longer.path.notAfter).toBe(now + 100)
    const off = await verify({ request: { revocation: 'off' } })
    expect(off.ok && off.path.notAfter).toBe(now + 1000)
  })
})

describe('the revocation policy', () => {
  const unknownSigner = { leafLists: [{ signWith: otherKey }] }
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
    [
      'a list signed with an unknown key',
      unknownSigner,
      null,
      'not_signed_by_issuer',
      'not_signed_by_issuer',
    ],
  ])('%s', async (_, change, off, ifAvailable, require) => {
    const ask = async (revocation: NonNullable<PathRequest['revocation']>) =>
      verdict(await verify({ ...change, request: { revocation } }))
    expect([await ask('off'), await ask('if-available'), await ask('require')]).toEqual([
      off,
      ifAvailable,
      require,
    ])
  })

  it('is required by a critical distribution point (X.509 clause 8.6.2.1)', async () => {
    const points = crlDistributionPoints([{ names: [uri('a')] }], '2.5.29.31', true)
    const ask = async (request: Partial<PathRequest>) =>
      verdict(await verify({ leaf: { extensions: [...usual, points] }, request }))
    expect(await ask({})).toBe(null)
    expect(await ask({ revocation: 'off' })).toBe('unhandled_critical_extension')
    expect(await ask({ revocation: 'if-available' })).toBe('unhandled_critical_extension')
  })

  it('is off by default', async () => {
    const { revocation: _, ...request } = { revocation: 'off' as const }
    const lists = await Promise.all([mintCrl({ ...leafList, ...revoked })])
    const outcome = await verifyCertificatePath({
      leaf: await mintCertificate({ ...leafRequest, serial }),
      intermediates: [await mintCertificate(caRequest)],
      trustAnchors: [await mintCertificate(rootRequest)],
      time: now,
      crls: lists,
      ...request,
    })
    expect(outcome.ok).toBe(true)
  })
})
