import { describe, expect, it } from 'vitest'
import {
  basicConstraints,
  extKeyUsage,
  generateKeyPair,
  keyUsage,
  type MintAlgorithm,
} from '../../../test/support/mint/mint.ts'
import {
  type Change,
  leafRequest,
  now,
  verify,
} from '../../../test/support/worker/chain-of-three.ts'

describe('the evidence of a refusal', () => {
  const leaf = { depth: 0, subject: 'CN=leaf' }
  const issuer = { depth: 1, subject: 'CN=ca' }
  const clientAuth = extKeyUsage(['clientAuth'])
  const cases: [name: string, change: Change, refusal: object][] = [
    [
      'a leaf that is not yet valid',
      { leaf: { notBefore: now + 1 } },
      { reason: 'not_yet_valid', notBefore: now + 1, time: now, certificate: leaf },
    ],
    [
      'a leaf with another key usage',
      { leaf: { extensions: [keyUsage(['keyEncipherment', 'cRLSign']), clientAuth] } },
      { reason: 'key_usage', keyUsage: ['keyEncipherment', 'cRLSign'], certificate: leaf },
    ],
    [
      'a CA without keyCertSign',
      { ca: { extensions: [basicConstraints({ cA: true }), keyUsage(['cRLSign'])] } },
      { reason: 'key_usage', keyUsage: ['cRLSign'], certificate: issuer },
    ],
    [
      'a leaf for servers',
      { leaf: { extensions: [extKeyUsage(['serverAuth'])] } },
      { reason: 'extended_key_usage', certificate: leaf },
    ],
    [
      'more intermediates than allowed',
      { request: { maxIntermediates: 0 } },
      { reason: 'too_many_intermediates', maxIntermediates: 0 },
    ],
  ]
  it.each(cases)('of %s', async (_, change, refusal) => {
    expect(await verify(change)).toMatchObject({ ok: false, ...refusal })
  })
})

describe('a leaf signed with', () => {
  const algorithms: MintAlgorithm[] = ['RS256', 'PS256', 'ES384', 'ES512', 'Ed25519']
  it.each(algorithms)('%s', async (alg) => {
    const [key, other] = await Promise.all([generateKeyPair(alg), generateKeyPair(alg)])
    expect(await verify({ ca: { publicKey: key }, leaf: { signWith: key } })).toMatchObject({
      ok: true,
    })
    expect(await verify({ ca: { publicKey: key }, leaf: { signWith: other } })).toMatchObject({
      ok: false,
      reason: 'signature_invalid',
    })
    // The key of the issuer is of another type than the signature.
    expect(await verify({ leaf: { ...leafRequest, signWith: key } })).toMatchObject({ ok: false })
  })
})
