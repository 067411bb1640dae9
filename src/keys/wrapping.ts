import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { type Bytes, utf8 } from '../encoding/bytes.ts'
import type { SigningAlg } from '../oauth/signing-algs.ts'
import type { KeyEncryptionKey } from './key-encryption-key.ts'
import type { KeyDetails, KeyRow } from './key-row.ts'
import { publicMembers } from './public-jwk.ts'

/** RFC 7518 sections 3.3 and 3.5: 2048 bits or larger. A larger RSA key would double the cost of a token. */
const modulusLength = 2048

/** The parameters with which WebCrypto imports private keys. */
const importAlgorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
} as const satisfies Record<SigningAlg, object>

/** Separates signing keys from everything else that is ever wrapped under the same key. */
const label = 'certbound signing key 1'

/**
 * The additional data of a wrap: every column of the row except the wrap itself and revoked_at, as one
 * JSON array. If one of them was changed, the row cannot be unwrapped.
 */
const additionalData = (details: KeyDetails, keyEncryptionKey: string): Bytes =>
  utf8(
    JSON.stringify([
      label,
      details.issuer,
      details.kid,
      details.alg,
      details.publicJwk,
      details.createdAt,
      details.activateAt,
      keyEncryptionKey,
    ]),
  )

/**
 * Generates a signing key. Its private key leaves WebCrypto only wrapped.
 * @returns the row to store
 */
export async function generateKey(
  details: Omit<KeyDetails, 'kid' | 'publicJwk'>,
  keyEncryptionKey: KeyEncryptionKey,
): Promise<KeyRow> {
  const { alg } = details
  const pair = await generateKeyPair(alg, { extractable: true, modulusLength })
  const jwk = publicMembers(alg, await exportJWK(pair.publicKey))
  const named = {
    ...details,
    kid: await calculateJwkThumbprint(jwk),
    publicJwk: JSON.stringify(jwk),
  }
  return await wrapPrivateKey(named, pair.privateKey, keyEncryptionKey)
}

/**
 * Wraps a private key: PKCS #8 in AES-256-GCM, with a random IV each time.
 * @param privateKey extractable
 * @returns the row to store
 */
export async function wrapPrivateKey(
  { kid, issuer, alg, publicJwk, createdAt, activateAt }: KeyDetails,
  privateKey: CryptoKey,
  { id, key }: KeyEncryptionKey,
): Promise<KeyRow> {
  const details = { kid, issuer, alg, publicJwk, createdAt, activateAt }
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const wrapped = await crypto.subtle.wrapKey('pkcs8', privateKey, key, {
    name: 'AES-GCM',
    iv,
    additionalData: additionalData(details, id),
  })
  return { ...details, keyEncryptionKey: id, iv, wrappedPrivateKey: new Uint8Array(wrapped) }
}

/**
 * Unwraps a private key. Success proves that every column was written by a holder of the key-encryption
 * key.
 * @param purpose `sign`: a key that cannot be extracted; `rewrap`: one that can be wrapped again
 * @returns null if the row is not authentic
 */
export async function unwrapPrivateKey(
  row: KeyRow,
  { id, key }: KeyEncryptionKey,
  purpose: 'sign' | 'rewrap',
): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.unwrapKey(
      'pkcs8',
      row.wrappedPrivateKey,
      key,
      { name: 'AES-GCM', iv: row.iv, additionalData: additionalData(row, id) },
      importAlgorithms[row.alg],
      purpose === 'rewrap',
      ['sign'],
    )
  } catch {
    return null
  }
}
