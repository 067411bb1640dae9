// @peculiar/x509 needs the metadata API, so this import comes first.
import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  type Name,
  PemConverter,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Bytes } from '../../encoding/bytes.ts'
import { derToPem } from '../../encoding/pem.ts'

/** A WebCrypto key, under a name that Node's types and the Worker's agree on. */
export type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** A certificate with its private key. */
export type Identity = {
  readonly der: Bytes
  readonly privateKey: Key
  /** The certificate in PEM. */
  readonly cert: string
  /** The private key in PEM, PKCS #8. */
  readonly key: string
}

/** What a certificate is for: decides its basicConstraints, keyUsage and extKeyUsage. */
export type Purpose = 'ca' | 'client' | 'server'

/** The content of a certificate. */
export type IdentityRequest = {
  /** RDNs in the order of the DER, which is the reverse of RFC 4514 text. */
  readonly subject: JsonName | Name
  readonly purpose: Purpose
  /** The CA that signs; its certificate in PEM or DER. Absent: the certificate is self-signed. */
  readonly issuer?: { readonly certificate: string | Bytes; readonly privateKey: Key }
  /** Default: a new pair on P-256. */
  readonly keys?: Keys
  /** Hexadecimal. Default: random. */
  readonly serialNumber?: string
  /** Of an ECDSA signature; RSA keys have their own. Default: SHA-256. */
  readonly hash?: 'SHA-256' | 'SHA-384' | 'SHA-512'
  /** Seconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
  /** In addition to those of the purpose and the key identifiers. */
  readonly extensions?: readonly Extension[]
}

/** Generates a certificate as a careful CA issues it (RFC 5280 section 4). */
export async function mintIdentity(request: IdentityRequest): Promise<Identity> {
  const keys = request.keys ?? (await generateKeys())
  const issuer = request.issuer && new X509Certificate(request.issuer.certificate)
  const signingKey = request.issuer?.privateKey ?? keys.privateKey
  const certificate = await X509CertificateGenerator.create({
    subject: request.subject,
    issuer: issuer?.subjectName ?? request.subject,
    serialNumber: request.serialNumber ?? '',
    notBefore: new Date(request.notBefore * 1000),
    notAfter: new Date(request.notAfter * 1000),
    publicKey: keys.publicKey,
    signingKey,
    // The salt is for RSA-PSS.
    signingAlgorithm: {
      name: signingKey.algorithm.name,
      hash: request.hash ?? 'SHA-256',
      saltLength: 32,
    },
    extensions: [
      ...extensionsOf[request.purpose],
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer?.publicKey ?? keys.publicKey),
      ...(request.extensions ?? []),
    ],
  })
  const der = new Uint8Array(certificate.rawData)
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  const key = `${PemConverter.encode(pkcs8 as ArrayBuffer, PemConverter.PrivateKeyTag)}\n`
  return { der, privateKey: keys.privateKey, cert: derToPem(der), key }
}

/** RFC 5280 sections 4.2.1.3, 4.2.1.9 and 4.2.1.12. */
const extensionsOf: Readonly<Record<Purpose, readonly Extension[]>> = {
  ca: [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ],
  client: endEntity(ExtendedKeyUsage.clientAuth),
  server: endEntity(ExtendedKeyUsage.serverAuth),
}

function endEntity(usage: string): Extension[] {
  return [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([usage]),
  ]
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' }

type Keys = { readonly publicKey: Key; readonly privateKey: Key }

const generateKeys = async (): Promise<Keys> =>
  (await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])) as Keys

/** Reads a private key that {@link mintIdentity} has generated: P-256, PKCS #8, PEM. */
export const importPrivateKey = (pem: string): Promise<Key> =>
  crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), ecdsa, true, ['sign'])
