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

/** The moment of all verifications, in seconds since the epoch. */
export const now = 1_750_000_000

const dates = { notBefore: now - 1000, notAfter: now + 1000 }
const pairs = await Promise.all(Array.from({ length: 4 }, () => generateKeyPair('ES256')))

/** Keys on P-256; the last is nobody's. */
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

/** An anchor, a CA and a client's certificate, all as they should be. */
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

/** What differs from a plain chain of three. */
export type Change = {
  readonly root?: Partial<MintRequest>
  readonly ca?: Partial<MintRequest>
  readonly leaf?: Partial<MintRequest>
  readonly request?: Partial<PathRequest>
}

/** Mints a chain of three that differs from a plain one, and verifies it. */
export async function verify({ root, ca, leaf, request }: Change): Promise<PathOutcome> {
  return verifyCertificatePath({
    leaf: await mintCertificate({ ...leafRequest, ...leaf }),
    intermediates: [await mintCertificate({ ...caRequest, ...ca })],
    trustAnchors: [await mintCertificate({ ...rootRequest, ...root })],
    time: now,
    ...request,
  })
}

/** A CA certificate for `subject`, signed by `by`. */
export const authority = (
  subject: string,
  key: MintKeyPair,
  issuer: string,
  by: MintKeyPair,
  change: Partial<MintRequest> = {},
): Promise<Bytes> =>
  mintCertificate({ ...caRequest, subject, publicKey: key, issuer, signWith: by, ...change })
