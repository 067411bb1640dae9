import { fromBase64, toBase64url } from '../../encoding/base64.ts'
import { fromHex } from '../../encoding/hex.ts'
import { type Certificate, parseCertificate } from '../../x509/index.ts'

/** One registered JWK as `client show` tells it. */
export type DescribedKey = {
  /** x5t#S256, or null for a bare key. */
  readonly thumbprint: string | null
  readonly kty: string
  /** The certificate itself, where it is registered. */
  readonly certificate: Certificate | null
}

/** What a JWK of a client's `jwks` stands for. */
export function describeRegisteredKey(jwk: Readonly<Record<string, unknown>>): DescribedKey {
  const thumbprint = jwk['x5t#S256']
  const first: unknown = Array.isArray(jwk.x5c) ? jwk.x5c[0] : undefined
  const der = typeof first === 'string' ? fromBase64(first) : null
  const parsed = der === null ? null : parseCertificate(der)
  return {
    thumbprint: typeof thumbprint === 'string' ? thumbprint : null,
    kty: String(jwk.kty),
    certificate: parsed?.ok ? parsed.certificate : null,
  }
}

/** A thumbprint in base64url from base64url or hex, with colons or without. */
export function thumbprintFrom(text: string): string {
  const octets = fromHex(text.replaceAll(':', ''))
  return octets?.length === 32 ? toBase64url(octets) : text
}
