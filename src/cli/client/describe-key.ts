import { fromBase64, toBase64url } from '../../encoding/base64.ts'
import { utf8 } from '../../encoding/bytes.ts'
import { fromHex } from '../../encoding/hex.ts'
import { sha256Base64url } from '../../encoding/sha256.ts'
import { type Certificate, parseCertificate, thumbprint } from '../../x509/index.ts'

/** One registered JWK as `client show` tells it. */
export type DescribedKey = {
  /**
   * The SHA-256 by which the commands name it, in base64url: of its certificate (x5t#S256), or, for
   * a bare key, of its members (RFC 7638). Null for a JWK that the Worker would not accept.
   */
  readonly handle: string | null
  readonly kind: 'certificate' | 'thumbprint' | 'public key'
  readonly kty: string
  /** The certificate itself, where it is registered. */
  readonly certificate: Certificate | null
}

type Jwk = Readonly<Record<string, unknown>>

/**
 * What a JWK of a client's `jwks` stands for: what it says most exactly is what is matched, and what
 * it is named by.
 */
export async function describeRegisteredKey(jwk: Jwk): Promise<DescribedKey> {
  const kty = String(jwk.kty)
  const first: unknown = Array.isArray(jwk.x5c) ? jwk.x5c[0] : undefined
  const der = typeof first === 'string' ? fromBase64(first) : null
  if (der !== null) {
    const parsed = parseCertificate(der)
    const certificate = parsed.ok ? parsed.certificate : null
    return { handle: await thumbprint(der), kind: 'certificate', kty, certificate }
  }
  const given = jwk['x5t#S256']
  if (typeof given === 'string') {
    return { handle: given, kind: 'thumbprint', kty, certificate: null }
  }
  return { handle: await jwkThumbprint(jwk), kind: 'public key', kty, certificate: null }
}

/** Which members make a key, in the order of RFC 7638 section 3.3 (RFC 8037 section 2 for OKP). */
const requiredMembers: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['RSA', ['e', 'kty', 'n']],
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
])

/** RFC 7638 section 3, with SHA-256. */
async function jwkThumbprint(jwk: Jwk): Promise<string | null> {
  const names = requiredMembers.get(jwk.kty)
  if (names === undefined) return null
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])))
  return sha256Base64url(utf8(text))
}

/** A thumbprint in base64url from base64url or hex, with colons or without. */
export function thumbprintFrom(text: string): string {
  const octets = fromHex(text.replaceAll(':', ''))
  return octets?.length === 32 ? toBase64url(octets) : text
}
