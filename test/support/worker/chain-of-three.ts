import type { Bytes } from '../../../src/encoding/bytes.ts'
import {
  type PathOutcome,
  type PathRequest,
  verifyCertificatePath,
} from '../../../src/x509/path/verify-path.ts'
import {
  basicConstraints,
  extKeyUsage,
  generateKeyPair,
  keyUsage,
  type MintKeyPair,
  type MintRequest,
  mintCertificate,
} from '../mint/mint.ts'

/** The time of all verifications, in seconds since the epoch. */
export const now = 1_750_000_000

const dates = { notBefore: now - 1000, notAfter: now + 1000 }
const pairs = await Promise.all(Array.from({ length: 4 }, () => generateKeyPair('ES256')))

/** Keys on P-256. No certificate has the last one. */
export const [rootKey, caKey, leafKey, otherKey] = pairs as [
  MintKeyPair,
  MintKeyPair,
  MintKeyPair,
  MintKeyPair,
]

/** The extensions of a CA. */
export const ca: readonly Bytes[] = [
  basicConstraints({ cA: true }),
  keyUsage(['keyCertSign', 'cRLSign']),
]

/** A valid trust anchor, CA and client certificate, as requests to mint. */
export const rootRequest: MintRequest = {
  subject: 'CN=root',
  issuer: 'CN=root',
  publicKey: rootKey,
  signWith: rootKey,
  ...dates,
  extensions: ca,
}
export const caRequest: MintRequest = {
  subject: 'CN=ca',
  issuer: 'CN=root',
  publicKey: caKey,
  signWith: rootKey,
  ...dates,
  extensions: ca,
}
export const leafRequest: MintRequest = {
  subject: 'CN=leaf',
  issuer: 'CN=ca',
  publicKey: leafKey,
  signWith: caKey,
  ...dates,
  extensions: [keyUsage(['digitalSignature']), extKeyUsage(['clientAuth'])],
}

/** What differs from the valid chain of three. */
export type Change = {
  readonly root?: Partial<MintRequest>
  readonly ca?: Partial<MintRequest>
  readonly leaf?: Partial<MintRequest>
  readonly request?: Partial<PathRequest>
}

/** Mints a chain of three with changes, and verifies it. */
export async function verify({ root, ca, leaf, request }: Change): Promise<PathOutcome> {
  return verifyCertificatePath({
    leaf: await mintCertificate({ ...leafRequest, ...leaf }),
    intermediates: [await mintCertificate({ ...caRequest, ...ca })],
    trustAnchors: [await mintCertificate({ ...rootRequest, ...root })],
    time: now,
    ...request,
  })
}

/** A CA certificate for `subject`, signed with `signWith`. */
export const authority = (
  subject: string,
  key: MintKeyPair,
  issuer: string,
  signWith: MintKeyPair,
  change: Partial<MintRequest> = {},
): Promise<Bytes> =>
  mintCertificate({ ...caRequest, subject, publicKey: key, issuer, signWith, ...change })
