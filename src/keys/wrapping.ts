import type { CryptoKey } from 'jose'
import { type Bytes, utf8 } from '../encoding/bytes.ts'
import type { KeyEncryptionKey } from './key-encryption-key.ts'
import type { KeyDetails, KeyRow } from './key-row.ts'
import { webCryptoAlgorithms } from './signing-alg.ts'

/** So that nothing else ever sealed under the same key can pass for a signing key. */
const label = 'certbound signing key 1'

/**
 * The additional data of a wrap: every column of the row but the wrap itself and the mark of
 * revocation, as one JSON array. A row altered in any of them no longer opens.
 */
export const additionalData = (details: KeyDetails, keyEncryptionKey: string): Bytes =>
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
 * Wraps a private half (PKCS #8 in AES-256-GCM, a fresh random IV each time).
 * @param privateKey extractable
 * @returns the row to store
 */
export async function wrapPrivateKey(
  details: KeyDetails,
  privateKey: CryptoKey,
  { id, key }: KeyEncryptionKey,
): Promise<KeyRow> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const how = { name: 'AES-GCM', iv, additionalData: additionalData(details, id) }
  const wrapped = await crypto.subtle.wrapKey('pkcs8', privateKey, key, how)
  const { kid, issuer, alg, publicJwk, createdAt, activateAt } = details
  return {
    ...{ kid, issuer, alg, publicJwk, createdAt, activateAt },
    ...{ keyEncryptionKey: id, iv, wrappedPrivateKey: new Uint8Array(wrapped) },
  }
}

/**
 * Opens a row: the private half, and with it the proof that a holder of the key-encryption key wrote
 * every column.
 * @param purpose `sign`: a key that never leaves WebCrypto; `rewrap`: one that can be wrapped again
 * @returns null where the row is not authentic
 */
export async function unwrapPrivateKey(
  row: KeyRow,
  { id, key }: KeyEncryptionKey,
  purpose: 'sign' | 'rewrap',
): Promise<CryptoKey | null> {
  const how = { name: 'AES-GCM', iv: row.iv, additionalData: additionalData(row, id) }
  const what = webCryptoAlgorithms[row.alg]
  const extractable = purpose === 'rewrap'
  try {
    return await crypto.subtle.unwrapKey(
      'pkcs8',
      row.wrappedPrivateKey,
      key,
      how,
      what,
      extractable,
      ['sign'],
    )
  } catch {
    return null
  }
}
