import { X509Certificate } from 'node:crypto'
import {
  type Identity,
  type IdentityWish,
  mintIdentity as mint,
} from '../../../src/local-edge/certificates/identity.ts'

export type { Identity } from '../../../src/local-edge/certificates/identity.ts'

const hour = 3600

/** Mints a certificate and its key: a client's, self-signed and valid for a day, unless told otherwise. */
export const mintIdentity = (
  wish: Partial<IdentityWish> & Pick<IdentityWish, 'subject'>,
): Promise<Identity> => {
  const now = Math.floor(Date.now() / 1000)
  return mint({ purpose: 'client', notBefore: now - hour, notAfter: now + 24 * hour, ...wish })
}

/** A certificate file as a client sends it: the leaf, then the others in the order given. */
export const chainFile = (leaf: Identity, ...others: readonly Identity[]): string =>
  [leaf, ...others].map(({ cert }) => cert).join('')

/** The SHA-256 fingerprint in lower-case hexadecimal. */
export const fingerprint = (identity: Identity): string =>
  new X509Certificate(identity.der).fingerprint256.replaceAll(':', '').toLowerCase()
