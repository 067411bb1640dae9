import { X509Certificate } from 'node:crypto'
import { type Identity, type IdentityRequest, mintIdentity as mint } from '../certificates.ts'

export type { Identity } from '../certificates.ts'

const hour = 3600

/** Generates a certificate and its key. Default: a client's, self-signed, valid for a day. */
export const mintIdentity = (
  request: Partial<IdentityRequest> & Pick<IdentityRequest, 'subject'>,
): Promise<Identity> => {
  const now = Math.floor(Date.now() / 1000)
  return mint({ notBefore: now - hour, notAfter: now + 24 * hour, ...request })
}

/** A certificate file as a client sends it: the leaf, then the others in the order given. */
export const chainFile = (leaf: Identity, ...others: readonly Identity[]): string =>
  [leaf, ...others].map(({ cert }) => cert).join('')

/** The SHA-256 fingerprint in lower-case hexadecimal. */
export const fingerprint = (identity: Identity): string =>
  new X509Certificate(identity.der).fingerprint256.replaceAll(':', '').toLowerCase()
