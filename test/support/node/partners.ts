import type { Bytes } from '../../../src/encoding/bytes.ts'
import { type Identity, mintIdentity } from '../certificates.ts'
import { type MintGeneralName, type MintName, subjectAltName } from '../mint/mint.ts'

const year = 31_536_000

/** A CA that signs partners' certificates. */
export type TestCa = {
  readonly certificate: Bytes
  readonly key: Identity['keys']
  readonly name: MintName
}

/** What differs from an ordinary partner certificate. */
export type PartnerChange = {
  readonly notBefore?: number
  readonly notAfter?: number
  readonly names?: readonly MintGeneralName[]
  readonly purpose?: 'client' | 'server'
}

/** A CA: a root, or one below another. */
export async function mintCa(name: MintName, now: number, issuer?: TestCa): Promise<TestCa> {
  const { der, keys } = await mintIdentity({
    subject: name,
    purpose: 'ca',
    ...(issuer && { issuer: { der: issuer.certificate, keys: issuer.key } }),
    notBefore: now - year,
    notAfter: now + 10 * year,
  })
  return { certificate: der, key: keys, name }
}

/** A partner's certificate issued by a CA. */
export const mintIssued = (
  subject: MintName,
  ca: TestCa,
  now: number,
  change: PartnerChange = {},
): Promise<Bytes> => mintPartner(subject, ca, now, change)

/** A partner's self-signed certificate. */
export const mintSelfSigned = (
  subject: MintName,
  now: number,
  change: PartnerChange = {},
): Promise<Bytes> => mintPartner(subject, null, now, change)

async function mintPartner(
  subject: MintName,
  ca: TestCa | null,
  now: number,
  { notBefore = now - 3600, notAfter = now + year, names = [], purpose = 'client' }: PartnerChange,
): Promise<Bytes> {
  const { der } = await mintIdentity({
    subject,
    purpose,
    ...(ca && { issuer: { der: ca.certificate, keys: ca.key } }),
    notBefore,
    notAfter,
    extensions: names.length === 0 ? [] : [subjectAltName(names)],
  })
  return der
}
