import { describe, expect, it } from 'vitest'
import { generateKeyPair, mintCertificate } from '../../../test/support/mint/mint.ts'
import { parseCertificate } from '../parse-certificate.ts'
import { keyCost, signatureCost } from './budget.ts'

const publicKeyOf = async (...[alg, options]: Parameters<typeof generateKeyPair>) => {
  const key = await generateKeyPair(alg, options)
  const request = { subject: 'CN=a', issuer: 'CN=a', notBefore: 0, notAfter: 1 }
  const parsed = parseCertificate(
    await mintCertificate({ ...request, publicKey: key, signWith: key }),
  )
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.certificate.publicKey
}

describe('the cost of a signature', () => {
  it.each([
    ['ES256', 3],
    ['ES384', 13],
    ['ES512', 25],
    ['Ed25519', 2],
    ['RS256', 3],
  ] as const)('of %s', async (alg, cost) => {
    expect(keyCost(await publicKeyOf(alg))).toBe(cost)
  })

  it('of RSA grows with the key', async () => {
    expect(keyCost(await publicKeyOf('RS256', { modulusLength: 4096 }))).toBe(4)
  })

  it('grows with what is hashed', async () => {
    const key = await publicKeyOf('ES256')
    expect(signatureCost(key, (1 << 15) - 1)).toBe(3)
    expect(signatureCost(key, 1 << 15)).toBe(4)
  })
})
