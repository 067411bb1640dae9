import { type CryptoKey, importJWK, type JWK } from 'jose'
import { isRecord } from '../encoding/is-record.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { UnverifiedToken } from './token-header.ts'
import type { TokenRefusal } from './token-refusal.ts'

/** An issuer's public keys by `kid`, and then by the algorithm that they verify. */
export type VerificationKeys = ReadonlyMap<string, ReadonlyMap<string, CryptoKey>>

/** Why a document is not a usable JWK Set. */
export type KeySetProblem = 'not_a_jwk_set' | 'too_many_keys' | 'kid_repeated'

/** More than any issuer has at the same time. */
const maxKeys = 100

/** RFC 7518 section 3.4, RFC 8037 section 3.1. */
const algsOfCurve: Readonly<Record<string, readonly string[]>> = {
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'EC P-521': ['ES512'],
  'OKP Ed25519': ['EdDSA', 'Ed25519'],
}
const algsOfRsa = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
/** RFC 7518 sections 3.3 and 3.5. */
const minRsaBits = 2048

type Jwk = Readonly<Record<string, unknown>>

/**
 * Imports the keys of a JWK Set (RFC 7517 section 5). Keys for other purposes, of unknown types, or
 * without a `kid` are ignored, as section 5 says. Two keys with the same `kid` are refused.
 * @param document parsed JSON
 * @param algorithms the allowed ones
 */
export async function importVerificationKeys(
  document: unknown,
  algorithms: ReadonlySet<string>,
): Promise<Result<VerificationKeys, KeySetProblem>> {
  const list = isRecord(document) ? document.keys : null
  if (!Array.isArray(list)) return err('not_a_jwk_set')
  if (list.length > maxKeys) return err('too_many_keys')
  const keys = new Map<string, ReadonlyMap<string, CryptoKey>>()
  for (const jwk of list) {
    if (!isRecord(jwk) || typeof jwk.kid !== 'string') continue
    const imported = await importForAll(jwk, algorithms)
    if (imported.size === 0) continue
    if (keys.has(jwk.kid)) return err('kid_repeated') // RFC 7517 section 4.5: distinct values
    keys.set(jwk.kid, imported)
  }
  return ok(keys) // also if there are none: an issuer may withdraw all its keys
}

/** The key that a token names. It must be for the token's algorithm (RFC 8725 section 3.1). */
export function verificationKey(
  keys: VerificationKeys,
  { kid, alg }: UnverifiedToken,
): Result<CryptoKey, TokenRefusal> {
  const named = keys.get(kid)
  if (named === undefined) return err({ code: 'token_key_unknown', kid })
  const key = named.get(alg)
  return key === undefined ? err({ code: 'token_key_algorithm', kid, algorithm: alg }) : ok(key)
}

async function importForAll(
  jwk: Jwk,
  algorithms: ReadonlySet<string>,
): Promise<ReadonlyMap<string, CryptoKey>> {
  const imported = new Map<string, CryptoKey>()
  for (const alg of algsOf(jwk).filter((alg) => algorithms.has(alg))) {
    const key = await importPublic(jwk, alg)
    if (key !== null) imported.set(alg, key)
  }
  return imported
}

/** RFC 7517 sections 4.2 to 4.4: `use`, `key_ops` and `alg` restrict a key if they are present. */
function algsOf({ kty, crv, use, key_ops: ops, alg }: Jwk): readonly string[] {
  if (use !== undefined && use !== 'sig') return []
  if (ops !== undefined && !(Array.isArray(ops) && ops.includes('verify'))) return []
  const possible = kty === 'RSA' ? algsOfRsa : (algsOfCurve[`${kty} ${crv}`] ?? [])
  return alg === undefined ? possible : possible.filter((each) => each === alg)
}

/** Takes only the public members, in case an issuer published a private key. */
async function importPublic({ kty, crv, x, y, n, e }: Jwk, alg: string): Promise<CryptoKey | null> {
  const members =
    kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }
  try {
    const key = await importJWK(members as JWK, alg)
    return key instanceof Uint8Array || isShort(key) ? null : key
  } catch {
    return null // RFC 7517 section 5: a key that cannot be imported is ignored
  }
}

const isShort = ({ algorithm }: CryptoKey): boolean =>
  'modulusLength' in algorithm && Number(algorithm.modulusLength) < minRsaBits
