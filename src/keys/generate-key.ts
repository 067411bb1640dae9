import type { KeyEncryptionKey } from './key-encryption-key.ts'
import type { KeyDetails, KeyRow } from './key-row.ts'
import { keyId, publicJwkText, publicMembers } from './public-jwk.ts'
import { webCryptoAlgorithms, wrapPrivateKey } from './wrapping.ts'

/**
 * Generates a signing key. Its private key leaves WebCrypto only wrapped.
 * @returns the row to store
 */
export async function generateKey(
  details: Pick<KeyDetails, 'issuer' | 'alg' | 'createdAt' | 'activateAt'>,
  keyEncryptionKey: KeyEncryptionKey,
): Promise<KeyRow> {
  const { alg } = details
  const pair = await crypto.subtle.generateKey(webCryptoAlgorithms[alg], true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError(`${alg} returned no key pair`)
  const exported = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const jwk = publicMembers(alg, { ...exported })
  if (jwk === null) throw new TypeError(`${alg} returned no public key`)
  const named = { ...details, kid: await keyId(jwk), publicJwk: publicJwkText(jwk) }
  return await wrapPrivateKey(named, pair.privateKey, keyEncryptionKey)
}
