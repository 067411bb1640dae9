import { bitString, explicit, integer } from '../../../src/doctor/der-writer.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { concat, sequence } from '../../../src/encoding/der-writer.ts'
import { algorithmIdentifier, type MintAlgorithm, type MintKey, signForX509 } from './keys.ts'
import { type MintName, mintName } from './name.ts'
import { mintTime } from './time.ts'

export * from './certificate-list.ts'
export * from './constraints.ts'
export * from './extensions.ts'
export * from './keys.ts'
export * from './name.ts'
export * from './time.ts'

/** The content of a certificate. It may be malformed: nothing is checked. */
export type MintRequest = {
  readonly subject: MintName
  readonly issuer: MintName
  /** A number, or the whole INTEGER element in DER. Default: 64 random bits. */
  readonly serial?: bigint | number | Bytes
  /** Seconds since the epoch, or a whole Time element in DER. */
  readonly notBefore: number | Bytes
  readonly notAfter: number | Bytes
  /** The subject's SubjectPublicKeyInfo in DER, or a key pair that has one. */
  readonly publicKey: Bytes | { readonly spki: Bytes }
  readonly signWith: { readonly alg: MintAlgorithm; readonly privateKey: MintKey }
  /** Whole Extension elements in DER. Default: none, and then no extensions field. */
  readonly extensions?: readonly Bytes[]
  /** Default 3. Versions 1 and 2 have extensions too if some are given. */
  readonly version?: 1 | 2 | 3
  /** AlgorithmIdentifiers in DER that replace the correct ones inside and outside the signed part. */
  readonly innerAlgorithm?: Bytes
  readonly outerAlgorithm?: Bytes
  /** Changes the signature. */
  readonly changeSignature?: (signature: Bytes) => Bytes
}

/** A certificate in DER (RFC 5280 section 4.1), well-formed or not. */
export async function mintCertificate(request: MintRequest): Promise<Bytes> {
  const algorithm = algorithmIdentifier(request.signWith.alg)
  const tbs = tbsCertificate(request, request.innerAlgorithm ?? algorithm)
  const signature = await signForX509(request.signWith, tbs)
  const changed = request.changeSignature?.(signature) ?? signature
  return sequence(tbs, request.outerAlgorithm ?? algorithm, bitString(changed))
}

function tbsCertificate(request: MintRequest, algorithm: Bytes): Bytes {
  const version = request.version ?? 3
  const extensions = request.extensions ?? []
  return sequence(
    version === 1 ? new Uint8Array() : explicit(0, integer(version - 1)),
    serialNumber(request.serial),
    algorithm,
    mintName(request.issuer),
    sequence(mintTime(request.notBefore), mintTime(request.notAfter)),
    mintName(request.subject),
    request.publicKey instanceof Uint8Array ? request.publicKey : request.publicKey.spki,
    extensions.length === 0 ? new Uint8Array() : explicit(3, sequence(...extensions)),
  )
}

function serialNumber(serial: bigint | number | Bytes | undefined): Bytes {
  if (serial instanceof Uint8Array) return serial
  if (serial !== undefined) return integer(serial)
  const random = crypto.getRandomValues(new Uint8Array(8))
  // The first octet is from 40 to 7F, so that the number is positive and has eight octets.
  return concat(Uint8Array.of(2, 8, 0x40 | ((random[0] ?? 0) & 0x3f)), random.subarray(1))
}
