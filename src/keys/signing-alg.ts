import { type SigningAlg, signingAlgs } from '../oauth/signing-algs.ts'

/** Whether a value names a signing algorithm. */
export const isSigningAlg = (value: unknown): value is SigningAlg =>
  signingAlgs.some((alg) => alg === value)

const rsa = {
  // RFC 7518 sections 3.3 and 3.5: 2048 bits or larger. More would double the cost of a token.
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
}

/** What WebCrypto wants to hear to generate or import a key of each algorithm. */
export const webCryptoAlgorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  PS256: { name: 'RSA-PSS', ...rsa },
  RS256: { name: 'RSASSA-PKCS1-v1_5', ...rsa },
  EdDSA: { name: 'Ed25519' },
} as const satisfies Record<SigningAlg, object>
