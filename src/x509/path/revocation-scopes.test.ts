import { describe, expect, it } from 'vitest'
import { authorityKeyIdentifier, type MintCrlRequest } from '../../../test/support/mint/mint.ts'
import { now, otherKey } from '../../../test/support/worker/chain-of-three.ts'
import {
  directory,
  type Row,
  revoked,
  scoped,
  serial,
  uri,
  verdict,
  verify,
} from '../../../test/support/worker/revoked-chain.ts'

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
    ['only a delta', { leafLists: [delta()] }, 'no_list'],
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
      'a delta signed with an unknown key',
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

  it('is valid until the delta ends', async () => {
    const outcome = await verify({ leafLists: [full(), delta({ nextUpdate: now + 9 })] })
    expect(outcome.ok && outcome.path.notAfter).toBe(now + 9)
  })
})
