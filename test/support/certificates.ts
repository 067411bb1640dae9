// @peculiar/x509 needs the metadata API, so this import comes first.
import 'reflect-metadata'
import { Extension, Name } from '@peculiar/x509'
import type { Bytes } from '../../src/encoding/bytes.ts'
import { mintIdentity as mint, type Purpose } from '../../src/local-edge/certificates/identity.ts'
import {
  generateKeyPair,
  type MintAlgorithm,
  type MintKeyPair,
  type MintName,
  mintName,
} from './mint/mint.ts'

/** A certificate with its key pair. */
export type Identity = {
  readonly subject: MintName
  readonly der: Bytes
  readonly keys: MintKeyPair
  /** The certificate in PEM. */
  readonly cert: string
  /** The private key in PEM, PKCS #8. */
  readonly key: string
}

/** The content of a well-formed certificate. */
export type IdentityRequest = {
  readonly subject: MintName
  /** Default: a client's. */
  readonly purpose?: Purpose
  /** Absent: the certificate is self-signed. */
  readonly issuer?: Pick<Identity, 'der' | 'keys'>
  readonly keys?: MintKeyPair
  /** Of the generated keys, if none are given. Default: ES256. */
  readonly alg?: MintAlgorithm
  readonly serial?: bigint | number
  /** Seconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
  /** Extension elements in DER, in addition to the usual ones. */
  readonly extensions?: readonly Bytes[]
}

const hashOf: Partial<Record<MintAlgorithm, 'SHA-384' | 'SHA-512'>> = {
  ES384: 'SHA-384',
  ES512: 'SHA-512',
}

/**
 * Generates a well-formed certificate with @peculiar/x509, as the local edge does: an independent
 * implementation, so that a mistake in this project's own DER code cannot hide itself in its tests.
 * Malformed certificates come from mint/.
 */
export async function mintIdentity(request: IdentityRequest): Promise<Identity> {
  const { subject, issuer, serial, notBefore, notAfter } = request
  const keys = request.keys ?? (await generateKeyPair(request.alg ?? 'ES256'))
  const { der, cert, key } = await mint({
    subject: new Name(mintName(subject)),
    purpose: request.purpose ?? 'client',
    ...(issuer && { issuer: { certificate: issuer.der, privateKey: issuer.keys.privateKey } }),
    keys,
    ...(serial !== undefined && { serialNumber: serial.toString(16) }),
    hash: hashOf[(issuer?.keys ?? keys).alg] ?? 'SHA-256',
    notBefore,
    notAfter,
    extensions: (request.extensions ?? []).map((extension) => new Extension(extension)),
  })
  return { subject, der, keys, cert, key }
}
