import * as v from 'valibot'
import type { SigningAlg } from '../oauth/signing-algs.ts'

const base64url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/))
// The members that RFC 7638 section 3.2 requires, in its order. All others are removed: a private key must
// not be copied.
const ec = v.object({ crv: v.literal('P-256'), kty: v.literal('EC'), x: base64url, y: base64url })
const rsa = v.object({ e: base64url, kty: v.literal('RSA'), n: base64url })
const okp = v.object({ crv: v.literal('Ed25519'), kty: v.literal('OKP'), x: base64url })
const schemas = { ES256: ec, PS256: rsa, RS256: rsa, EdDSA: okp } satisfies Record<
  SigningAlg,
  v.GenericSchema
>

/** A public key with the members that RFC 7638 section 3.2 requires, in its order, and no others. */
export type VerificationJwk = Readonly<v.InferOutput<(typeof schemas)[SigningAlg]>>

/** A public key in the JWK Set (RFC 7517 section 4). */
export type PublishedJwk = VerificationJwk & {
  readonly kid: string
  readonly alg: SigningAlg
  readonly use: 'sig'
}

/**
 * The public members of a JWK. Their JSON is the canonical text that D1 stores: the hash input of RFC 7638
 * section 3.3.
 * @throws ValiError if the JWK is not a key of `alg`
 */
export const publicMembers = (alg: SigningAlg, jwk: unknown): VerificationJwk =>
  v.parse<v.GenericSchema<unknown, VerificationJwk>>(schemas[alg], jwk)

/** Reads the canonical text of a public key; null for any other text. */
export function readPublicJwk(alg: SigningAlg, text: string): VerificationJwk | null {
  try {
    const jwk = publicMembers(alg, JSON.parse(text))
    return JSON.stringify(jwk) === text ? jwk : null
  } catch {
    return null
  }
}
