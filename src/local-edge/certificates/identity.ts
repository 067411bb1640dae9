import { createPrivateKey } from 'node:crypto'
import {
  authorityKeyIdentifier,
  basicConstraints,
  exportPkcs8,
  extKeyUsage,
  generateKeyPair,
  keyIdentifier,
  keyUsage,
  type MintAlgorithm,
  type MintKeyPair,
  type MintName,
  mintCertificate,
  subjectKeyIdentifier,
} from '../../../test/support/mint/mint.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { derToPem } from '../../encoding/pem.ts'

/** A certificate with its private key. */
export type Identity = {
  readonly subject: MintName
  readonly der: Bytes
  readonly keys: MintKeyPair
  /** PEM. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
}

/** What a certificate is for, and so its constraints and usages. */
export type Purpose = 'ca' | 'client' | 'server'

/** What is special about a minted certificate; everything else is as a good one has it. */
export type IdentityWish = {
  readonly subject: MintName
  readonly purpose: Purpose
  /** Who signs; itself where it is left out. */
  readonly by?: Pick<Identity, 'subject' | 'keys'>
  /** Default ES256. */
  readonly alg?: MintAlgorithm
  /** For RSA alone. */
  readonly modulusLength?: number
  /** The whole INTEGER element in DER. Default: a random one. */
  readonly serial?: Bytes
  /** Seconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
  /** Whole Extension elements in DER besides the usual ones. */
  readonly extensions?: readonly Bytes[]
}

/** Mints a certificate as a careful CA would make it, with a new key. */
export async function mintIdentity(wish: IdentityWish): Promise<Identity> {
  const size = wish.modulusLength === undefined ? {} : { modulusLength: wish.modulusLength }
  const keys = await generateKeyPair(wish.alg ?? 'ES256', size)
  const signer = wish.by?.keys ?? keys
  const der = await mintCertificate({
    subject: wish.subject,
    issuer: wish.by?.subject ?? wish.subject,
    ...(wish.serial === undefined ? {} : { serial: wish.serial }),
    notBefore: wish.notBefore,
    notAfter: wish.notAfter,
    publicKey: keys,
    signWith: signer,
    extensions: [
      ...usages(wish.purpose),
      subjectKeyIdentifier(await keyIdentifier(keys.spki)),
      authorityKeyIdentifier(await keyIdentifier(signer.spki)),
      ...(wish.extensions ?? []),
    ],
  })
  const key = await privateKeyPem(keys)
  return { subject: wish.subject, der, keys, cert: derToPem(der), key }
}

/** RFC 5280 sections 4.2.1.3, 4.2.1.9 and 4.2.1.12. */
function usages(purpose: Purpose): Bytes[] {
  if (purpose === 'ca') {
    return [basicConstraints({ cA: true }), keyUsage(['keyCertSign', 'cRLSign'])]
  }
  const purposes = [purpose === 'client' ? 'clientAuth' : 'serverAuth']
  return [keyUsage(['digitalSignature']), extKeyUsage(purposes)]
}

async function privateKeyPem(keys: MintKeyPair): Promise<string> {
  const der = Buffer.from(await exportPkcs8(keys.privateKey))
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return key.export({ format: 'pem', type: 'pkcs8' }).toString()
}
