import type { Bytes } from '../src/encoding/bytes.ts'
import { type Identity, mintIdentity } from '../test/support/certificates.ts'
import { generateKeyPair, type MintAlgorithm, subjectAltName } from '../test/support/mint/mint.ts'
import type { Chain } from './validators.ts'

/** The partner's name in every leaf. */
export const dnsName = 'partner.example'

/** A partner's CA: an intermediate below an anchor, both in DER, which issues leaves. */
export type Authority = Pick<Chain, 'intermediate' | 'anchor'> & {
  /** The certificate of `CN=Partner <serial>,O=Bench,C=DE`; all have one key. */
  readonly leaf: (serial: number) => Promise<Bytes>
}

/**
 * Generates a CA; all keys use one algorithm.
 * @param time in seconds since the epoch; all certificates are valid from a day before to a day after it
 * @param forged signs the leaves with a key that is not the intermediate's
 */
export async function mintAuthority(
  alg: MintAlgorithm,
  time: number,
  forged = false,
): Promise<Authority> {
  const validity = { notBefore: time - 86_400, notAfter: time + 86_400 }
  const ca = (subject: string, issuer?: Identity): Promise<Identity> =>
    mintIdentity({ subject, purpose: 'ca', alg, ...validity, ...(issuer && { issuer }) })
  const root = await ca('CN=Root,O=Bench')
  const intermediate = await ca('CN=CA,O=Bench', root)
  const keys = await generateKeyPair(alg)
  const signingKeys = forged ? await generateKeyPair(alg) : intermediate.keys
  const leaf = async (serial: number): Promise<Bytes> => {
    const { der } = await mintIdentity({
      subject: `CN=Partner ${serial},O=Bench,C=DE`,
      issuer: { der: intermediate.der, keys: signingKeys },
      keys,
      serial,
      ...validity,
      extensions: [subjectAltName([{ dns: dnsName }])],
    })
    return der
  }
  return { intermediate: intermediate.der, anchor: root.der, leaf }
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
