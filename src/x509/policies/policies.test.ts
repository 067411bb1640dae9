import { describe, expect, it } from 'vitest'
import {
  certificatePolicies,
  inhibitAnyPolicy,
  mintCertificate,
  policyConstraints,
  policyMappings,
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
  verify,
} from '../../../test/support/worker/chain-of-three.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { verifyCertificatePath } from '../path/verify-path.ts'
import type { PolicyInputs } from './check-policies.ts'

const any = '2.5.29.32.0'
const gold = '1.2.3.1'
const silver = '1.2.3.2'
const bronze = '1.2.3.3'

describe('policies of a chain of three', () => {
  type Row = [
    name: string,
    caPolicies: string[],
    leafPolicies: string[],
    more: { root?: Bytes[]; ca?: Bytes[]; leaf?: Bytes[]; inputs?: PolicyInputs },
    policies: string[] | 'no_valid_policy' | 'any_policy_mapped',
  ]
  const required: PolicyInputs = { requireExplicitPolicy: true }
  const rows: Row[] = [
    ['a policy in all certificates', [gold, silver], [gold], {}, [gold]],
    ['none in common, none required', [gold], [silver], {}, []],
    ['none in common', [gold], [silver], { inputs: required }, 'no_valid_policy'],
    ['none at all', [], [], { inputs: required }, 'no_valid_policy'],
    ['none at all, none required', [], [], {}, []],
    // (c) the initial set
    [
      'a policy in the initial set',
      [gold],
      [gold],
      { inputs: { ...required, initialPolicySet: [gold, bronze] } },
      [gold],
    ],
    [
      'a policy outside of the initial set',
      [gold],
      [gold],
      { inputs: { ...required, initialPolicySet: [silver] } },
      'no_valid_policy',
    ],
    [
      'a policy outside of the initial set, none required',
      [gold],
      [gold],
      { inputs: { initialPolicySet: [silver] } },
      [],
    ],
    ['anyPolicy throughout', [any], [any], { inputs: required }, [any]],
    [
      'anyPolicy limited to the initial set',
      [any],
      [any],
      { inputs: { ...required, initialPolicySet: [gold] } },
      [gold],
    ],
    ['anyPolicy above', [any], [gold], { inputs: required }, [gold]],
    ['anyPolicy below', [gold], [any], { inputs: required }, [gold]],
    // (g) and inhibitAnyPolicy
    [
      'anyPolicy inhibited',
      [any],
      [gold],
      { inputs: { ...required, inhibitAnyPolicy: true } },
      'no_valid_policy',
    ],
    [
      'anyPolicy inhibited and not used',
      [gold],
      [gold],
      { inputs: { ...required, inhibitAnyPolicy: true } },
      [gold],
    ],
    [
      'inhibited by the CA',
      [gold],
      [any],
      { ca: [inhibitAnyPolicy(0)], inputs: required },
      'no_valid_policy',
    ],
    [
      'inhibited by the CA, later',
      [gold],
      [any],
      { ca: [inhibitAnyPolicy(1)], inputs: required },
      [gold],
    ],
    [
      'inhibited by the anchor',
      [any],
      [gold],
      { root: [inhibitAnyPolicy(0)], inputs: required },
      'no_valid_policy',
    ],
    // policyConstraints
    [
      'required by the CA',
      [gold],
      [silver],
      { ca: [policyConstraints({ requireExplicitPolicy: 0 })] },
      'no_valid_policy',
    ],
    [
      'required by the CA, later',
      [gold],
      [silver],
      { ca: [policyConstraints({ requireExplicitPolicy: 2 })] },
      [],
    ],
    [
      'required by the anchor',
      [gold],
      [silver],
      { root: [policyConstraints({ requireExplicitPolicy: 0 })] },
      'no_valid_policy',
    ],
    [
      'required by the leaf itself',
      [gold],
      [silver],
      { leaf: [policyConstraints({ requireExplicitPolicy: 0 })] },
      'no_valid_policy',
    ],
    [
      'required by the leaf, later',
      [gold],
      [silver],
      { leaf: [policyConstraints({ requireExplicitPolicy: 1 })] },
      [],
    ],
    // policyMappings
    [
      'mapped',
      [gold],
      [silver],
      { ca: [policyMappings([[gold, silver]])], inputs: required },
      [gold],
    ],
    [
      'mapped away',
      [gold],
      [gold],
      { ca: [policyMappings([[gold, silver]])], inputs: required },
      'no_valid_policy',
    ],
    [
      'mapped to two',
      [gold],
      [bronze],
      {
        ca: [
          policyMappings([
            [gold, silver],
            [gold, bronze],
          ]),
        ],
        inputs: required,
      },
      [gold],
    ],
    [
      'two mapped to one',
      [gold, silver],
      [bronze],
      {
        ca: [
          policyMappings([
            [gold, bronze],
            [silver, bronze],
          ]),
        ],
        inputs: required,
      },
      [gold, silver],
    ],
    [
      'mapped out of anyPolicy',
      [any],
      [silver],
      { ca: [policyMappings([[gold, silver]])], inputs: required },
      [gold],
    ],
    [
      'mapped out of anyPolicy, and anyPolicy below',
      [any],
      [any],
      { ca: [policyMappings([[gold, silver]])], inputs: required },
      [gold, any],
    ],
    [
      'mapping inhibited',
      [gold],
      [silver],
      {
        ca: [policyMappings([[gold, silver]])],
        inputs: { ...required, inhibitPolicyMapping: true },
      },
      'no_valid_policy',
    ],
    [
      'mapping inhibited by the anchor',
      [gold],
      [silver],
      {
        root: [policyConstraints({ inhibitPolicyMapping: 0 })],
        ca: [policyMappings([[gold, silver]])],
        inputs: required,
      },
      'no_valid_policy',
    ],
    [
      'anyPolicy mapped',
      [any],
      [gold],
      { ca: [policyMappings([[any, gold]])] },
      'any_policy_mapped',
    ],
    [
      'mapped to anyPolicy',
      [gold],
      [gold],
      { ca: [policyMappings([[gold, any]])] },
      'any_policy_mapped',
    ],
    [
      'anyPolicy mapped by the leaf, which maps nothing',
      [any],
      [gold],
      { leaf: [policyMappings([[any, gold]])] },
      [gold],
    ],
  ]
  it.each(rows)('%s', async (_, caPolicies, leafPolicies, more, expected) => {
    const stated = (oids: string[]) => (oids.length === 0 ? [] : [certificatePolicies(oids)])
    const outcome = await verify({
      root: { extensions: [...ca, ...(more.root ?? [])] },
      ca: { extensions: [...ca, ...stated(caPolicies), ...(more.ca ?? [])] },
      leaf: { extensions: [...stated(leafPolicies), ...(more.leaf ?? [])] },
      request: { policies: more.inputs ?? {} },
    })
    expect(outcome.ok ? outcome.path.policies.toSorted() : outcome.reason).toEqual(expected)
  })
})

describe('a policy graph', () => {
  /** CAs in a row, each with the same extensions; the tree of RFC 5280 would have base^depth leaves. */
  async function chain(extensions: readonly Bytes[], depth: number) {
    const cas = await Promise.all(
      Array.from({ length: depth }, (_, i) =>
        i % 2 === 0
          ? authority(
              `CN=${i}`,
              caKey,
              i === 0 ? 'CN=root' : `CN=${i - 1}`,
              i === 0 ? rootKey : otherKey,
              { extensions: [...ca, ...extensions] },
            )
          : authority(`CN=${i}`, otherKey, `CN=${i - 1}`, caKey, {
              extensions: [...ca, ...extensions],
            }),
      ),
    )
    const signWith = depth % 2 === 0 ? otherKey : caKey
    const leaf = await mintCertificate({
      ...leafRequest,
      issuer: `CN=${depth - 1}`,
      signWith,
      extensions: extensions.slice(0, 1),
    })
    return verifyCertificatePath({
      leaf,
      intermediates: cas,
      trustAnchors: [await mintCertificate(rootRequest)],
      time: now,
      policies: { requireExplicitPolicy: true, initialPolicySet: [gold] },
    })
  }
  const policies = (count: number) => Array.from({ length: count }, (_, i) => `1.2.3.${i + 1}`)
  const allToAll = (oids: string[]) =>
    oids.flatMap((a) => oids.map((b): [string, string] => [a, b]))

  it('does not grow exponentially if all policies map to all', async () => {
    const oids = policies(12)
    const outcome = await chain([certificatePolicies(oids), policyMappings(allToAll(oids))], 8)
    expect(outcome).toMatchObject({ ok: true, path: { policies: [gold] } })
  })

  it('has a bound, over all paths of a search', async () => {
    const oids = policies(40)
    const wide = [...ca, certificatePolicies(oids), policyMappings(allToAll(oids))]
    const upper = [...ca, certificatePolicies([any])]
    const twins = await Promise.all(
      Array.from({ length: 12 }, (_, serial) =>
        authority('CN=twin', otherKey, 'CN=root', rootKey, { serial, extensions: upper }),
      ),
    )
    const request = {
      leaf: await mintCertificate({ ...leafRequest, extensions: [certificatePolicies(oids)] }),
      trustAnchors: [await mintCertificate(rootRequest)],
      time: now,
      policies: { requireExplicitPolicy: true, initialPolicySet: ['1.2.4'] },
    }
    const wideCa = await authority('CN=ca', caKey, 'CN=twin', otherKey, { extensions: wide })
    const search = (count: number) =>
      verifyCertificatePath({ ...request, intermediates: [wideCa, ...twins.slice(0, count)] })
    expect(await search(2)).toMatchObject({ reason: 'no_valid_policy' })
    expect(await search(12)).toMatchObject({ reason: 'budget_spent', budget: 'policies' })
  })
})
