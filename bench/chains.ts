import type { Bytes } from '../src/encoding/bytes.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  extKeyUsage,
  generateKeyPair,
  keyIdentifier,
  keyUsage,
  type MintAlgorithm,
  type MintKeyPair,
  mintCertificate,
  subjectAltName,
  subjectKeyIdentifier,
} from '../test/support/mint/mint.ts'
import type { Chain } from './validators.ts'

/** The partner's name in every leaf. */
export const dnsName = 'partner.example'

/** A CA as a partner has one: an intermediate below an anchor, both in DER, and what it issues. */
export type Authority = Pick<Chain, 'intermediate' | 'anchor'> & {
  /** The certificate of `CN=Partner <serial>,O=Bench,C=DE`; all have one key. */
  readonly leaf: (serial: number) => Promise<Bytes>
}

/**
 * Makes a CA; all keys are of one algorithm.
 * @param time in seconds since the epoch; all is valid a day before and after it
 * @param forged signs the leaves with a key that is not the intermediate's
 */
export async function mintAuthority(
  alg: MintAlgorithm,
  time: number,
  forged = false,
): Promise<Authority> {
  const keys = await Promise.all(Array.from({ length: 4 }, () => generateKeyPair(alg)))
  const [rootKey, caKey, leafKey, strangersKey] = keys as [
    MintKeyPair,
    MintKeyPair,
    MintKeyPair,
    MintKeyPair,
  ]
  const dates = { notBefore: time - 86_400, notAfter: time + 86_400 }
  const anchor = await mintCertificate({
    ...{ subject: 'CN=Root,O=Bench', issuer: 'CN=Root,O=Bench', ...dates },
    ...{ publicKey: rootKey, signWith: rootKey, extensions: await authority(rootKey, rootKey) },
  })
  const intermediate = await mintCertificate({
    ...{ subject: 'CN=CA,O=Bench', issuer: 'CN=Root,O=Bench', ...dates },
    ...{ publicKey: caKey, signWith: rootKey, extensions: await authority(caKey, rootKey) },
  })
  const extensions = [
    keyUsage(['digitalSignature']),
    extKeyUsage(['clientAuth']),
    subjectAltName([{ dns: dnsName }]),
    ...(await identifiers(leafKey, caKey)),
  ]
  const leaf = (serial: number) =>
    mintCertificate({
      ...{ subject: `CN=Partner ${serial},O=Bench,C=DE`, issuer: 'CN=CA,O=Bench', ...dates },
      ...{ publicKey: leafKey, signWith: forged ? strangersKey : caKey, serial, extensions },
    })
  return { intermediate, anchor, leaf }
}

/** Mints chains of three: different leaves below one intermediate and one anchor. */
export async function mintChains(
  alg: MintAlgorithm,
  count: number,
  time: number,
  forged = false,
): Promise<Chain[]> {
  const { intermediate, anchor, leaf } = await mintAuthority(alg, time, forged)
  const leaves = await Promise.all(Array.from({ length: count }, (_, i) => leaf(i + 1)))
  return leaves.map((leaf) => ({ leaf, intermediate, anchor, time }))
}

const authority = async (key: MintKeyPair, issuer: MintKeyPair) => [
  basicConstraints({ cA: true }),
  keyUsage(['keyCertSign', 'cRLSign']),
  ...(await identifiers(key, issuer)),
]

const identifiers = async (key: MintKeyPair, issuer: MintKeyPair) => [
  subjectKeyIdentifier(await keyIdentifier(key.spki)),
  authorityKeyIdentifier(await keyIdentifier(issuer.spki)),
]
