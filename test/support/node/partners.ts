import type { Bytes } from '../../../src/encoding/bytes.ts'
import {
  basicConstraints,
  extKeyUsage,
  generateKeyPair,
  keyUsage,
  type MintGeneralName,
  type MintKeyPair,
  type MintName,
  mintCertificate,
  subjectAltName,
} from '../mint/mint.ts'

const year = 31_536_000

/** A CA that signs partners' certificates. */
export type TestCa = {
  readonly certificate: Bytes
  readonly key: MintKeyPair
  readonly name: MintName
}

/** What a certificate is to say, beyond the ordinary. */
export type Wish = {
  readonly notBefore?: number
  readonly notAfter?: number
  readonly names?: readonly MintGeneralName[]
}

/** A CA: a root, or one under another. */
export async function mintCa(name: MintName, now: number, under?: TestCa): Promise<TestCa> {
  const key = await generateKeyPair('ES256')
  const issuer = under ?? { name, key }
  const certificate = await mintCertificate({
    subject: name,
    issuer: issuer.name,
    notBefore: now - year,
    notAfter: now + 10 * year,
    publicKey: key,
    signWith: issuer.key,
    extensions: [basicConstraints({ cA: true }), keyUsage(['keyCertSign', 'cRLSign'])],
  })
  return { certificate, key, name }
}

/** A partner's certificate, of a CA. */
export async function mintIssued(
  subject: MintName,
  ca: TestCa,
  now: number,
  wish: Wish = {},
): Promise<Bytes> {
  return mintPartner(subject, ca.name, await generateKeyPair('ES256'), ca.key, now, wish)
}

/** A partner's own certificate. */
export async function mintSelfSigned(
  subject: MintName,
  now: number,
  wish: Wish = {},
): Promise<Bytes> {
  const key = await generateKeyPair('ES256')
  return mintPartner(subject, subject, key, key, now, wish)
}

const mintPartner = (
  subject: MintName,
  issuer: MintName,
  publicKey: MintKeyPair,
  signWith: MintKeyPair,
  now: number,
  { notBefore = now - 3600, notAfter = now + year, names = [] }: Wish,
): Promise<Bytes> =>
  mintCertificate({
    subject,
    issuer,
    notBefore,
    notAfter,
    publicKey,
    signWith,
    extensions: [
      basicConstraints({ cA: false }),
      extKeyUsage(['clientAuth']),
      ...(names.length === 0 ? [] : [subjectAltName(names)]),
    ],
  })
