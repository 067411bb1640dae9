import { parseRegisteredKeys } from '../../clients/registered-key.ts'
import { thumbprint } from '../../x509/index.ts'

/**
 * The first entry of a JWK Set whose x5t#S256 is not that of its own x5c: it would match no
 * certificate at all (RFC 7517 section 4.9).
 * @returns its place in the set, from 0, or null; null as well for what is no JWK Set
 */
export async function contradictingKey(jwks: unknown): Promise<number | null> {
  const keys = parseRegisteredKeys(jwks)
  if (!keys.ok) return null // Registration says what is wrong with it.
  for (const [index, key] of keys.value.entries()) {
    if (key.match !== 'certificate' || key.jwk['x5t#S256'] === undefined) continue
    if (key.jwk['x5t#S256'] !== (await thumbprint(key.certificate))) return index
  }
  return null
}
